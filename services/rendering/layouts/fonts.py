"""A font file, made ready to be carried inside a layout."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache

import uharfbuzz as hb
from fontTools.ttLib import TTFont, TTLibError

from services.rendering.layouts.outlines import as_truetype

MAY_NOT_BE_EMBEDDED, BITMAPS_ONLY = 0x0002, 0x0200
COLLECTION = b"ttcf"
LARGEST_BYTES = 3_000_000
"""Fonts of Chinese, Japanese and Korean are beyond it: those come from the server."""

NAMES = "ĀāĒēĪīŌōŪūÁáÇçÐðÉéÑñÖöØøŁłŞşȘșŽžĐđƠơƯưẠạẤấẦầẬậẮắẾếỀềỄễỆệỌọỐốỘộỚớỢợỨứỮữỰựỲỳỸỹ'\u2019-."
"""Letters of Māori, Vietnamese and other names that stand on class lists everywhere."""


class BadFont(Exception):
    """The file is of no use in a layout; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Font:
    content: bytes
    """WOFF."""
    name: str
    """The full name, such as `Noto Serif Bold Italic`."""
    lacks: str
    """Which of `NAMES` it has no glyph for."""
    is_variable: bool


@lru_cache(maxsize=32)
def packed(content: bytes, index: int = 0) -> Font:
    """The font as TrueType outlines without hints, whole otherwise. `index` is its place in a collection. BadFont."""
    try:
        font = TTFont(io.BytesIO(content), fontNumber=index if content.startswith(COLLECTION) else -1)
        _check(font)
        letters = font.getBestCmap()
        return Font(
            content=_packed(font),
            name=font["name"].getDebugName(4) or "a font without a name",
            lacks="".join(letter for letter in NAMES if ord(letter) not in letters),
            is_variable="fvar" in font,
        )
    # A font that is broken breaks its reader in as many ways as it has tables.
    except (TTLibError, hb.HarfBuzzError, LookupError, ValueError, TypeError, AttributeError, OSError) as error:
        raise BadFont("is no font, or broken: export it anew") from error


def _check(font: TTFont) -> None:
    if sum(table.length for table in font.reader.tables.values()) > LARGEST_BYTES:
        raise BadFont(
            "is too large for every certificate to wait for: name it behind the first family, not in @font-face"
        )
    if not font.getBestCmap():
        raise BadFont("has no letters: use another font")
    rights = font["OS/2"].fsType if "OS/2" in font else 0
    # 0x0002 alone forbids; with a more generous bit beside it, that one holds.
    if rights & 0x000E == MAY_NOT_BE_EMBEDDED or rights & BITMAPS_ONLY:
        raise BadFont("may not be embedded, its maker says: use another font, or a licence that allows it")


def _packed(font: TTFont) -> bytes:
    """Chromium embeds TrueType as it is and draws every other font's letters one by one (measured: half as large)."""
    if "CFF " in font:
        as_truetype(font)
    font.flavor = None
    unhinted = TTFont(io.BytesIO(_without_hints(_saved(font))), recalcTimestamp=False)
    unhinted.flavor = "woff"
    return _saved(unhinted)


def _without_hints(font: bytes) -> bytes:
    """Hints are for coarse screens; every font of every PDF would carry them (measured: half its bytes)."""
    whole = hb.SubsetInput()
    whole.keep_everything()
    whole.flags |= hb.SubsetFlags.NO_HINTING
    return bytes(hb.subset(hb.Face(font), whole).blob.data)


def _saved(font: TTFont) -> bytes:
    written = io.BytesIO()
    font.save(written, reorderTables=None)
    return written.getvalue()
