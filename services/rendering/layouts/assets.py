"""The files of a layout's folder, as `data:` URIs made ready for paper."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from contracts.rendering import Page
from services.rendering.layouts.fonts import BadFont, packed
from services.rendering.layouts.images import BadImage, prepared

PIXELS = (".png", ".jpg", ".jpeg", ".webp")
DRAWING = ".svg"
FONTS = (".woff2", ".woff", ".ttf", ".otf", ".ttc", ".otc")
KINDS = (*PIXELS, DRAWING, *FONTS)
SVG = "image/svg+xml"


class BadReference(Exception):
    """The layout refers to what it may not have; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Inside:
    """What a reference became."""

    address: str
    """A `data:` URI, or the reference itself where it points into the layout."""
    hint: str = ""


class Assets:
    def __init__(self, folder: Path, page: Page) -> None:
        self._folder = folder.resolve()
        self._page = page
        self.drawings: dict[str, str] = {}
        """The text of each SVG that was brought inside, by its file's name: it wants to be checked too."""
        self.brought = cache(self._brought)
        """The file, or the `data:` URI, that a reference names, as it goes into the layout. BadReference."""

    def text(self, reference: str) -> str:
        """A style sheet of the folder."""
        try:
            return self._file(reference.strip()).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise BadReference(f"{reference} is not UTF-8 at byte {error.start}: save it as UTF-8") from error

    def font(self, reference: str) -> bytes:
        """A font file of the folder, or of a `data:` URI, as it is."""
        reference = reference.strip()
        if reference.lower().startswith("data:"):
            return _content_of(reference)[1]
        file = self._file(reference)
        if file.suffix.lower() not in FONTS:
            raise BadReference(f"{reference} is no font: a font is one of {' '.join(FONTS)}")
        return file.read_bytes()

    def _brought(self, reference: str) -> Inside:
        reference = reference.strip()
        if reference.startswith("#"):
            return Inside(reference)
        if reference.lower().startswith("data:"):
            return self._of_data(reference)
        file = self._file(reference)
        kind = file.suffix.lower()
        if kind == DRAWING:
            return self._drawing(reference, file.read_bytes())
        if kind in PIXELS:
            return self._picture(reference, file.read_bytes())
        if kind in FONTS:
            return self._font(reference, file.read_bytes())
        raise BadReference(f"{reference} is of no kind that a layout may use: {' '.join(KINDS)}")

    def _of_data(self, reference: str) -> Inside:
        media_type, content = _content_of(reference)
        named = f"data:{media_type}"
        if media_type == SVG:
            return self._drawing(named, content)
        if media_type.startswith("image/"):
            return self._picture(named, content)
        if media_type.startswith(("font/", "application/font", "application/x-font")):
            return self._font(named, content)
        raise BadReference(f"{named}: a layout holds images and fonts, no other documents: remove it")

    def _drawing(self, named: str, content: bytes) -> Inside:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadReference(f"{named} is not UTF-8 at byte {error.start}: save it as UTF-8") from error
        self.drawings[named if named not in self.drawings else f"{named} ({len(self.drawings) + 1})"] = text
        return Inside(data_uri(SVG, text.encode()))

    def _picture(self, named: str, content: bytes) -> Inside:
        try:
            picture = prepared(content, self._page)
        except BadImage as problem:
            raise BadReference(f"{named} {problem}") from problem
        return Inside(data_uri(picture.media_type, picture.content), picture.hint and f"{named}: {picture.hint}")

    def _font(self, named: str, content: bytes) -> Inside:
        try:
            return Inside(data_uri("font/woff", packed(content).content))
        except BadFont as problem:
            raise BadReference(f"{named} {problem}") from problem

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


def data_uri(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def _content_of(uri: str) -> tuple[str, bytes]:
    """The media type, in small letters, and the bytes of a `data:` URI."""
    header, _, content = uri[len("data:") :].partition(",")
    media_type, *parameters = header.lower().split(";")
    if "base64" not in [parameter.strip() for parameter in parameters]:
        return media_type.strip(), unquote_to_bytes(content)
    try:
        return media_type.strip(), base64.b64decode(unquote(content))
    except ValueError as error:
        raise BadReference(f"data:{media_type} is broken: write it anew, or name a file of the folder") from error
