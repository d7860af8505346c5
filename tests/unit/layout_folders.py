"""Layouts for the tests of reading them: a folder with as little in it as a layout can have."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image

from services.rendering.layouts import LayoutRefused, reading_of

FACE = "@font-face { font-family: Plain; src: url(plain.ttf) } body { font: 16px Plain }"
PAPER = f"<style>@page {{ size: A4 landscape; margin: 0 }} {FACE}</style>"
NAME = '<p data-field="recipient_name">Ana</p>'
FIELDS = [{"name": "recipient_name"}]


def layout(folder: Path, body: str, *, head: str = PAPER, fields: object = FIELDS) -> Path:
    """The folder, with its body on line 5 of layout.html."""
    page = {"size": "A4", "orientation": "landscape"}
    (folder / "layout.json").write_text(json.dumps({"name": "Test", "page": page, "fields": fields}))
    (folder / "layout.html").write_text(
        f'<!DOCTYPE html>\n<html lang="en">\n<head>{head}</head>\n<body>\n{body}\n</body></html>'
    )
    (folder / "plain.ttf").write_bytes(font())
    return folder


def problems(folder: Path) -> list[str]:
    with pytest.raises(LayoutRefused) as refused:
        reading_of(folder, "test")
    return [str(problem) for problem in refused.value.problems]


def hints(folder: Path) -> list[str]:
    return [str(hint) for hint in reading_of(folder, "test").hints]


def font(letters: str = "Aan", *, rights: int = 0, postscript: bool = False, name: str = "Plain") -> bytes:
    """A font whose every letter is a square."""
    glyphs = [".notdef", *(f"u{ord(letter):04X}" for letter in letters)]
    builder = FontBuilder(1000, isTTF=not postscript)
    builder.setupGlyphOrder(glyphs)
    builder.setupCharacterMap({ord(letter): f"u{ord(letter):04X}" for letter in letters})
    if postscript:
        square = _drawn(T2CharStringPen(500, None)).getCharString()
        builder.setupCFF(name, {"FullName": name}, dict.fromkeys(glyphs, square), {})
    else:
        builder.setupGlyf({glyph: _drawn(TTGlyphPen(None)).glyph() for glyph in glyphs})
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (500, 50)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": name, "styleName": "Regular", "fullName": name, "psName": name})
    builder.setupOS2(fsType=rights)
    builder.setupPost()
    written = io.BytesIO()
    builder.save(written)
    return written.getvalue()


def _drawn(pen: T2CharStringPen | TTGlyphPen) -> T2CharStringPen | TTGlyphPen:
    pen.moveTo((50, 0))
    for corner in ((50, 400), (450, 400), (450, 0)):
        pen.lineTo(corner)
    pen.closePath()
    return pen


def image(kind: str, size: tuple[int, int] = (8, 6), *, mode: str = "RGB", **options: object) -> bytes:
    """A picture, red on the left and blue on the right, so that its sides can be told."""
    picture = Image.new("RGB", size, "red")
    picture.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    return saved(picture.convert(mode), kind, **options)


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    written = io.BytesIO()
    save: Callable[..., None] = picture.save
    save(written, kind, **options)
    return written.getvalue()
