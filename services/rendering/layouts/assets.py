"""The images and fonts of a layout's folder, as `data:` URIs."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import unquote, urlsplit

MEDIA_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".woff": "font/woff",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
}
INLINE_ALREADY = ("data:image/", "data:font/")


class BadReference(Exception):
    """The layout refers to what it may not have; the text says what to do."""


class Assets:
    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def inlined(self, reference: str) -> str:
        """The file as a `data:` URI; what is one already, or points into the layout itself, as it is."""
        reference = reference.strip()
        if reference.startswith("#") or reference.lower().startswith(INLINE_ALREADY):
            return reference
        file = self._file(reference)
        if file.suffix.lower() not in MEDIA_TYPES:
            raise BadReference(f"{reference} is of no kind that a layout may use: {' '.join(MEDIA_TYPES)}")
        content = base64.b64encode(file.read_bytes()).decode()
        return f"data:{MEDIA_TYPES[file.suffix.lower()]};base64,{content}"

    def text(self, reference: str) -> str:
        """A style sheet of the folder."""
        return self._file(reference.strip()).read_text(encoding="utf-8")

    def _file(self, reference: str) -> Path:
        parts = urlsplit(reference)
        if parts.scheme or parts.netloc or reference.startswith(("/", "\\")):
            raise BadReference(f"{reference} would be fetched: put the file into the layout's folder and name it")
        file = (self._folder / unquote(parts.path)).resolve()
        if not file.is_relative_to(self._folder):
            raise BadReference(f"{reference} lies outside the layout's folder: move the file into it")
        if not file.is_file():
            raise BadReference(f"{reference} is not in the layout's folder: add the file or remove the reference")
        return file
