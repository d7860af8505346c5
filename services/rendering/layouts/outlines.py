"""PostScript outlines turned into TrueType outlines, no further off than a thousandth of the letter's height."""

from __future__ import annotations

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

FURTHEST_OFF_EM = 1 / 1000
TRUETYPE = "\x00\x01\x00\x00"
ONLY_FOR_POSTSCRIPT = ("CFF ", "VORG")
# Limits of the programs that a font may have to hint itself, of which there are none.
NO_PROGRAMS = dict.fromkeys(
    (
        "maxTwilightPoints",
        "maxStorage",
        "maxFunctionDefs",
        "maxInstructionDefs",
        "maxStackElements",
        "maxSizeOfInstructions",
    ),
    0,
)


def as_truetype(font: TTFont) -> None:
    """Change the font, which has a `CFF ` table, in place."""
    order = font.getGlyphOrder()
    outlines = font["glyf"] = newTable("glyf")
    font["loca"] = newTable("loca")
    outlines.glyphOrder = order
    outlines.glyphs = _outlines(font, order)
    outlines.compile(font)
    _describe(font, order)
    for table in ONLY_FOR_POSTSCRIPT:
        if table in font:
            del font[table]
    font.sfntVersion = TRUETYPE


def _outlines(font: TTFont, order: list[str]) -> dict[str, object]:
    drawings = font.getGlyphSet()
    drawn = {}
    for name in order:
        pen = TTGlyphPen(drawings)
        drawings[name].draw(Cu2QuPen(pen, font["head"].unitsPerEm * FURTHEST_OFF_EM, reverse_direction=True))
        drawn[name] = pen.glyph()
    return drawn


def _describe(font: TTFont, order: list[str]) -> None:
    """What the other tables say of the outlines."""
    for name in order:
        width, _ = font["hmtx"][name]
        font["hmtx"][name] = (width, getattr(font["glyf"].glyphs[name], "xMin", 0))
    limits = font["maxp"]
    limits.tableVersion = 0x00010000
    vars(limits).update(NO_PROGRAMS, maxZones=1, maxComponentElements=0)
    limits.recalc(font)
    # The letters' names were in the `CFF ` table; nobody asks for them.
    font["post"].formatType = 3.0
