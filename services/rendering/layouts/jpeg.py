"""A JPEG without what was written about it, and not a pixel changed."""

from __future__ import annotations

import re
from collections.abc import Iterator

START, END, SCAN, COMMENT, ADOBE = 0xD8, 0xD9, 0xDA, 0xFE, 0xEE
NOTES = range(0xE1, 0xF0)
"""All are about the picture, except Adobe's, which says how the colours are written."""

MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""What ends the pixels of a scan: within them, an FF is followed by 00, by a restart mark, or by another FF."""


def without_notes(content: bytes) -> bytes:
    """The same JPEG without camera, place, preview, comment, and whatever follows its end. ValueError where it is none.

    Its pixels are not touched, so they pass through Chromium into the PDF as they are.
    """
    return b"".join(segment for marker, segment in _segments(content) if not _is_note(marker))


def _is_note(marker: int) -> bool:
    return marker == COMMENT or (marker in NOTES and marker != ADOBE)


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Each segment with its marker, from start to end; a scan together with its pixels."""
    yield START, content[:2]
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] != END:
        marker, end = content[at + 1], at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == SCAN:
            after = MARKER.search(content, end)
            end = after.start() if after else len(content)
        yield marker, content[at:end]
        at = end
    if content[at : at + 2] != bytes((0xFF, END)):
        raise ValueError("a JPEG whose segments do not follow one another to its end")
    yield END, content[at : at + 2]
