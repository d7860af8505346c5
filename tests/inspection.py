"""Looks into a PDF with a general library, as an inspector would: tags, fonts, everything that is in the file."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pikepdf
from fontTools.ttLib import TTFont

SHOWING = {"Tj", "TJ", "'", '"'}
PAINTING = SHOWING | {"f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "Do", "INLINE IMAGE"}


@dataclass
class Marked:
    """What a content stream shows, by where it belongs."""

    by_id: dict[int, list[tuple[str, bytes]]] = field(default_factory=lambda: defaultdict(list))
    """Marked-content id to the strings that are shown in it, each with its font's name."""
    unmarked: list[str] = field(default_factory=list)
    """Operators that paint outside of any tag and any artifact."""
    strings: list[tuple[str, bytes]] = field(default_factory=list)
    """All strings that are shown."""


def opened(pdf: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(pdf))


def streams(document: pikepdf.Pdf) -> Iterator[bytes]:
    """Every stream of the file, unpacked where it is packed."""
    for thing in document.objects:
        if isinstance(thing, pikepdf.Stream):
            packed_otherwise = thing.get("/Filter") not in (None, pikepdf.Name.FlateDecode)
            yield thing.read_raw_bytes() if packed_otherwise else thing.read_bytes()


def drawings(document: pikepdf.Pdf) -> Iterator[tuple[Any, Marked]]:
    """The page and every form within it, each with what it shows."""
    [page] = document.pages
    waiting: list[Any] = [page.obj]
    seen = set()
    while waiting:
        drawing = waiting.pop()
        if drawing.objgen in seen:
            continue
        seen.add(drawing.objgen)
        yield drawing, _marked(drawing)
        waiting += [form for form in _resources(drawing, "/XObject").values() if form.Subtype == "/Form"]


def _resources(drawing: Any, kind: str) -> dict[str, Any]:
    kinds = drawing.get("/Resources", pikepdf.Dictionary())
    return dict(kinds.get(kind, pikepdf.Dictionary()).items())


def _marked(drawing: Any) -> Marked:
    found, font = Marked(), ""
    open_marks: list[int | str] = []
    tagged_forms = {name for name, form in _resources(drawing, "/XObject").items() if "/StructParents" in form}
    instructions: Any = pikepdf.parse_content_stream(drawing)
    for operands, operator in instructions:
        name = str(operator)
        if name in {"BDC", "BMC"}:
            open_marks.append(_mark(operands))
        elif name == "EMC":
            open_marks.pop()
        elif name == "Tf":
            font = str(operands[0])
        if name in SHOWING:
            shown = (font, bytes(operands[0]))
            found.strings.append(shown)
            found.by_id[next((mark for mark in reversed(open_marks) if isinstance(mark, int)), -1)].append(shown)
        if name in PAINTING and not open_marks and not (name == "Do" and str(operands[0]) in tagged_forms):
            found.unmarked.append(name)
    assert not open_marks
    return found


def _mark(operands: Any) -> int | str:
    if len(operands) > 1 and isinstance(operands[1], pikepdf.Dictionary) and "/MCID" in operands[1]:
        return int(operands[1]["/MCID"])
    return str(operands[0])


# --- fonts


@dataclass
class EmbeddedFont:
    """One font of a file, and what it could show."""

    name: str
    code_bytes: int
    glyphs: set[int]
    """Codes that have an outline or a drawing."""
    widths: set[int]
    characters: dict[int, str]
    program: TTFont | None = None
    """Its TrueType outlines, if it has such."""


def fonts(document: pikepdf.Pdf) -> dict[str, EmbeddedFont]:
    """By the name that content streams use."""
    found: dict[str, EmbeddedFont] = {}
    for drawing, _ in drawings(document):
        for name, font in _resources(drawing, "/Font").items():
            found[name] = _drawn(font) if font.Subtype == "/Type3" else _outlined(font)
    return found


def _outlined(font: Any) -> EmbeddedFont:
    descendant = font.DescendantFonts[0]
    program = TTFont(io.BytesIO(descendant.FontDescriptor.FontFile2.read_bytes()))
    glyphs = {
        number for number, name in enumerate(program.getGlyphOrder()) if program["glyf"][name].numberOfContours != 0
    }
    return EmbeddedFont(str(font.BaseFont), 2, glyphs, _wide(descendant.W), _characters(font), program)


def _drawn(font: Any) -> EmbeddedFont:
    first = int(font.FirstChar)
    wide = {first + place for place, width in enumerate(font.Widths) if float(width)}
    names, glyphs, code = set(font.CharProcs.keys()), set(), 0
    for entry in font.Encoding.Differences:
        if isinstance(entry, int):
            code = entry
            continue
        glyphs |= {code} if str(entry) in names else set()
        code += 1
    return EmbeddedFont(str(font.get("/FontDescriptor", {}).get("/FontName", "")), 1, glyphs, wide, _characters(font))


def _wide(runs: Any) -> set[int]:
    codes: set[int] = set()
    for place in range(0, len(runs), 2):
        codes |= set(range(int(runs[place]), int(runs[place]) + len(runs[place + 1])))
    return codes


def _characters(font: Any) -> dict[int, str]:
    said = font.ToUnicode.read_bytes().decode()
    return {
        int(code, 16): bytes.fromhex(text).decode("utf-16-be")
        for code, text in re.findall(r"^<([0-9A-F]+)> <([0-9A-F]+)>$", said, re.MULTILINE)
        if (code, text) not in {("00", "FF"), ("0000", "FFFF")}
    }


def codes_shown(document: pikepdf.Pdf, known: dict[str, EmbeddedFont]) -> dict[str, set[int]]:
    """Of each font, the codes that the page and its forms show."""
    sizes = {name: font.code_bytes for name, font in known.items()}
    shown: dict[str, set[int]] = defaultdict(set)
    for _, marked in drawings(document):
        for font, text in marked.strings:
            size = sizes[font]
            shown[font] |= {int.from_bytes(text[at : at + size], "big") for at in range(0, len(text), size)}
    return shown


def components(font: EmbeddedFont, codes: set[int]) -> set[int]:
    """Glyphs that the shown ones are put together from, such as the letter and the accent of é."""
    if font.program is None:
        return set()
    order, glyf = font.program.getGlyphOrder(), font.program["glyf"]
    found: set[int] = set()
    waiting = [order[code] for code in codes]
    while waiting:
        glyph = glyf[waiting.pop()]
        parts = [part.glyphName for part in glyph.components] if glyph.isComposite() else []
        found |= {font.program.getGlyphID(part) for part in parts}
        waiting += parts
    return found


# --- everything


def everything_readable(document: pikepdf.Pdf) -> str:
    """Whatever text the file holds in any form: shown, in streams, in strings of dictionaries."""
    known = fonts(document)
    shown = "".join(_spelled(marked.strings, known) for _, marked in drawings(document))
    raw = " ".join(stream.decode("latin-1") + stream.decode("utf-8", "ignore") for stream in streams(document))
    return " ".join([shown, raw, *_strings(document)])


def _strings(document: pikepdf.Pdf) -> Iterator[str]:
    waiting = [thing for thing in document.objects if isinstance(thing, pikepdf.Object)]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, pikepdf.String):
            yield str(thing)
        elif isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
            waiting += [value for value in dict(thing.items()).values() if _is_inside(value)]
        elif isinstance(thing, pikepdf.Array):
            waiting += [value for value in thing if _is_inside(value)]


def _is_inside(value: Any) -> bool:
    return isinstance(value, pikepdf.Object) and not value.is_indirect


def out_of_reach(document: pikepdf.Pdf) -> set[int]:
    """Objects in the file that nothing refers to."""
    waiting, reached = [document.trailer], set()
    while waiting:
        thing = waiting.pop()
        if thing.is_indirect:
            if thing.objgen in reached:
                continue
            reached.add(thing.objgen)
        values = thing if isinstance(thing, pikepdf.Array) else dict(thing.items()).values()
        waiting += [value for value in values if isinstance(value, (pikepdf.Array, pikepdf.Dictionary, pikepdf.Stream))]
    return {thing.objgen[0] for thing in document.objects if isinstance(thing, pikepdf.Object)} - {
        number for number, _ in reached
    }


# --- tags


def elements(document: pikepdf.Pdf) -> Iterator[Any]:
    """The structure elements in reading order."""
    waiting = [document.Root.StructTreeRoot.K]
    while waiting:
        element = waiting.pop(0)
        if not (isinstance(element, pikepdf.Dictionary) and element.get("/Type") == "/StructElem"):
            continue
        yield element
        waiting = [*kids(element), *waiting]


def kids(element: Any) -> list[Any]:
    kids = element.get("/K", [])
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def assert_all_is_told_apart(document: pikepdf.Pdf) -> None:
    """What is painted is tagged, or said to be decoration; a form without tags of its own is so where it is shown."""
    for drawing, marked in drawings(document):
        if drawing.Type == "/Page" or "/StructParents" in drawing:
            assert not marked.unmarked


def assert_tags_and_content_agree(document: pikepdf.Pdf) -> None:
    """Every mark leads to its element by the parent tree, every element's mark is there, and all are of this page."""
    [page] = document.pages
    numbers = document.Root.StructTreeRoot.ParentTree.Nums
    parents = {int(numbers[at]): numbers[at + 1] for at in range(0, len(numbers), 2)}
    for drawing, marked in drawings(document):
        if "/StructParents" not in drawing:
            continue
        listed = parents[int(drawing.StructParents)]
        assert set(marked.by_id) - {-1} <= set(range(len(listed)))
        for mark, element in enumerate(listed):
            assert any(_is_mark(kid, mark, drawing, page.obj) for kid in kids(element))
    in_tree = {element.objgen for element in elements(document)}
    for element in elements(document):
        assert element.get("/Pg", page.obj).objgen == page.obj.objgen
        assert element.P.objgen in in_tree | {document.Root.StructTreeRoot.objgen}
    for annotation in page.obj.get("/Annots", []):
        assert parents[int(annotation.StructParent)].objgen in in_tree


def _is_mark(kid: Any, mark: int, drawing: Any, page: Any) -> bool:
    if isinstance(kid, int):
        return kid == mark and drawing.objgen == page.objgen
    if isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == "/MCR":
        return int(kid.MCID) == mark and kid.get("/Stm", page).objgen == drawing.objgen
    return False


def read_aloud(document: pikepdf.Pdf) -> str:
    """The text in the order of the tags, as a screen reader would say it; figures by their alternative texts."""
    shown = {drawing.objgen: marked.by_id for drawing, marked in drawings(document)}
    [page] = document.pages
    known = fonts(document)
    said: list[str] = []
    for element in elements(document):
        if "/Alt" in element:
            said.append(f"[{element.Alt}]")
            continue
        for kid in kids(element):
            if isinstance(kid, int):
                said.append(_spelled(shown[page.obj.objgen][kid], known))
            elif isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == "/MCR":
                stream = kid.get("/Stm", page.obj)
                said.append(_spelled(shown[stream.objgen][int(kid.MCID)], known))
    return " ".join(" ".join(said).split())


def _spelled(strings: list[tuple[str, bytes]], known: dict[str, EmbeddedFont]) -> str:
    return "".join(_letters(known[name], text) for name, text in strings)


def _letters(font: EmbeddedFont, text: bytes) -> str:
    codes = (int.from_bytes(text[at : at + font.code_bytes], "big") for at in range(0, len(text), font.code_bytes))
    return "".join(font.characters.get(code, "") for code in codes)
