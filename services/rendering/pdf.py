"""Looks into Chromium's PDFs, and takes out what depends on the moment."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pikepdf

# Two prints of the same page differ in these two dates alone (measured), and the new ones are as long as the old:
# replacing them in place leaves every offset, the tags and the fonts as they are. A PDF library would rewrite it all.
DATES = re.compile(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}(\+00'00'\))")
# In each text Chromium names a font and shows glyphs by hexadecimal codes. A parser of the whole page, with its
# thousands of curves, would take as long as filling the page did.
TEXTS = re.compile(rb"\nBT\n(.*?)\nET\n", re.DOTALL)
STRINGS = re.compile(rb"(/\w+) [\d.]+ Tf|<([0-9A-F]+)> Tj")
THE_DATE = b"20000101000000"


@dataclass(frozen=True, slots=True)
class Findings:
    pages: int
    lacks_a_glyph: bool
    """Some character was printed as `.notdef`, the box that stands for a letter the fonts have not."""


def undated(printed: bytes) -> bytes:
    """The same PDF at a date that is always the same. ValueError where the dates are not where they always were."""
    end = printed.index(b"endobj")
    info, replaced = DATES.subn(rb"\g<1>" + THE_DATE + rb"\g<2>", printed[:end])
    if replaced != 2:
        raise ValueError("Chromium writes its PDFs in another way now: their dates were not found")
    return info + printed[end:]


def look_at(printed: bytes) -> Findings:
    with pikepdf.open(io.BytesIO(printed)) as document:
        missing = any(0 in glyphs for page in document.pages for glyphs in _shown(page.obj))
        return Findings(pages=len(document.pages), lacks_a_glyph=missing)


def _shown(drawing: pikepdf.Object) -> Iterator[memoryview]:
    """The glyphs of each string in the drawing, and in the drawings within it; glyph 0 is `.notdef`."""
    width: Literal["B", "H"] = "H"
    for text in TEXTS.findall(_content(drawing)):
        for font, codes in STRINGS.findall(text):
            if font:
                width = _code_width(drawing.Resources.Font[font.decode()])
            else:
                yield memoryview(bytes.fromhex(codes.decode())).cast(width)
    for nested in drawing.Resources.get("/XObject", {}).values():
        if nested.Subtype == "/Form":
            yield from _shown(nested)


def _code_width(font: pikepdf.Object) -> Literal["B", "H"]:
    """A Type 3 font has codes of one byte, the others of two."""
    return "B" if font.Subtype == "/Type3" else "H"


def _content(drawing: pikepdf.Object) -> bytes:
    stream = drawing.get("/Contents", drawing)
    return bytes(stream.read_bytes())
