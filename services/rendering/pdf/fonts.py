"""Fonts cut down to the glyphs of one certificate: outlines, widths and character maps of nobody else."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from typing import Protocol

import uharfbuzz as hb

from services.rendering.pdf.file import File, Resources
from services.rendering.pdf.objects import Printed, StrangePdf, dictionary_after, found, stream_object

MAPPED = re.compile(rb"<([0-9A-F]+)> <([0-9A-F]+)>(?: <([0-9A-F]+)>)?")
WORD = re.compile(rb"\[|\]|[^\s\[\]]+")
GLYPH_IMAGE = re.compile(rb"/X(g[0-9A-F]+)(?= )")
SUBSET_NAME = re.compile(rb"/[A-Z]{6}\+([^\s/>]+)")
# A PDF names glyphs by number: for the tables that map characters, set lines and describe the font it has no use.
UNUSED_TABLES = ("GDEF", "GPOS", "GSUB", "DSIG", "OS/2", "STAT", "cmap", "gasp", "name", "post")
LONGEST_BLOCK = 100
"""Entries in one block of a character map (ISO 32000-1, 9.10.3)."""
CHARACTER_MAP = b"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo
<<  /Registry (Adobe)
/Ordering (UCS)
/Supplement 0
>> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<%s> <%s>
endcodespacerange
%sendcmap
CMapName currentdict /CMap defineresource pop
end
end"""


class Font(Protocol):
    def codes(self, text: bytes) -> Sequence[int]:
        """The codes of a string that is shown in this font."""

    def lacks(self, codes: Iterable[int]) -> bool:
        """Whether one of them is `.notdef`, the box that stands for a letter the fonts have not."""

    def cut(self, codes: Sequence[int], tag: bytes, file: File) -> bytes:
        """The font's object for a file that shows just these codes, which ascend."""


def fonts_of(printed: Printed) -> Callable[[int], Font]:
    """The print's fonts by number, each read once."""

    @cache
    def font(number: int) -> Font:
        return (OutlineFont if b"/Subtype /Type0" in printed[number].head else DrawnFont)(printed, number)

    return font


class OutlineFont:
    """TrueType outlines, shown by two-byte glyph numbers: Type 0 over CIDFontType2, in the words of ISO 32000."""

    def __init__(self, printed: Printed, number: int) -> None:
        head = printed[number].head
        self._name = found(SUBSET_NAME.pattern, head)
        descendant = printed[int(found(rb"/DescendantFonts \[(\d+) 0 R\]", head))]
        if b"/Subtype /CIDFontType2" not in descendant.head:
            raise StrangePdf("a font of two-byte codes has outlines of another kind than TrueType")
        self._widths, self._usual_width = _widths(descendant.head)
        descriptor = printed[descendant.number_of(b"/FontDescriptor")]
        self._descriptor = descriptor.head
        self._face = hb.Face(printed[descriptor.number_of(b"/FontFile2")].content())
        self._characters = _characters(printed, number)
        # A layout's fixed texts, and a class's titles, need the same glyphs again and again.
        self._program = cache(lambda glyphs: _program(_subset(self._face, glyphs)))
        self._character_map = cache(
            lambda glyphs: stream_object(b"", _character_map(self._characters, glyphs, bytes_per_code=2))
        )

    def codes(self, text: bytes) -> Sequence[int]:
        return struct.unpack(f">{len(text) // 2}H", text)

    def lacks(self, codes: Iterable[int]) -> bool:
        return 0 in codes

    def cut(self, codes: Sequence[int], tag: bytes, file: File) -> bytes:
        name = b"/%s+%s" % (tag, self._name)
        program = file.add(self._program(tuple(codes)))
        described = re.sub(rb"/FontFile2 \d+ 0 R", b"/FontFile2 %d 0 R" % program, self._descriptor)
        descriptor = file.add(SUBSET_NAME.sub(name, described))
        descendant = file.add(
            b"<</Type /Font\n/Subtype /CIDFontType2\n/BaseFont %s\n/CIDToGIDMap /Identity\n"
            b"/CIDSystemInfo <</Registry (Adobe)\n/Ordering (Identity)\n/Supplement 0>>\n"
            b"/FontDescriptor %d 0 R\n/W [%s]>>" % (name, descriptor, _runs(self._widths, self._usual_width, codes))
        )
        characters = file.add(self._character_map(tuple(codes)))
        return (
            b"<</Type /Font\n/Subtype /Type0\n/BaseFont %s\n/Encoding /Identity-H\n"
            b"/DescendantFonts [%d 0 R]\n/ToUnicode %d 0 R>>" % (name, descendant, characters)
        )


class DrawnFont:
    """Glyphs drawn one by one, shown by one-byte codes (Type 3): emoji, and outlines that are not TrueType."""

    def __init__(self, printed: Printed, number: int) -> None:
        self._printed = printed
        head = self._head = printed[number].head
        if b"/Subtype /Type3" not in head:
            raise StrangePdf("a font is of a kind that Chromium has not written before")
        first = int(found(rb"/FirstChar (\d+)", head))
        self._widths = dict(enumerate(found(rb"/Widths \[([^\]]*)\]", head).split(), first))
        names = found(rb"/Differences \[([^\]]*)\]", head).split()
        self._names = dict(enumerate((name[1:] for name in names[1:]), int(names[0])))
        self._drawings = _glyphs_in(head, b"/CharProcs", prefix=b"/")
        self._images = _glyphs_in(head, b"/Resources", prefix=b"/X")
        self._characters = _characters(printed, number)

    def codes(self, text: bytes) -> Sequence[int]:
        return text

    def lacks(self, codes: Iterable[int]) -> bool:
        return any(self._names[code] == b"g0" for code in codes)

    def cut(self, codes: Sequence[int], tag: bytes, file: File) -> bytes:
        resources = Resources(file.place)
        drawn = {self._names[code]: self._drawn(self._names[code], file, resources) for code in codes}
        widths = (self._widths[code] if code in codes else b"0" for code in range(codes[0], codes[-1] + 1))
        described = self._printed[int(found(rb"/FontDescriptor (\d+) 0 R", self._head))].head
        # The box around all glyphs would tell of others; zeros say that nothing is known of it.
        return (
            b"<</Type /Font\n/Subtype /Type3\n/FontMatrix [%s]\n/FontBBox [0 0 0 0]\n/Resources %s\n"
            b"/FirstChar %d\n/LastChar %d\n/Widths [%s]\n/Encoding <</Type /Encoding\n/Differences [%s]>>\n"
            b"/CharProcs <<%s>>\n/FontDescriptor %d 0 R\n/ToUnicode %d 0 R>>"
            % (
                found(rb"/FontMatrix \[([^\]]*)\]", self._head),
                resources.dictionary(),
                codes[0],
                codes[-1],
                b" ".join(widths),
                b" ".join(b"%d /%s" % (code, self._names[code]) for code in codes),
                b"\n".join(b"/%s %d 0 R" % drawing for drawing in drawn.items()),
                file.add(SUBSET_NAME.sub(rb"/" + tag + rb"+\1", described)),
                file.add(stream_object(b"", _character_map(self._characters, codes, bytes_per_code=1))),
            )
        )

    def _drawn(self, name: bytes, file: File, resources: Resources) -> int:
        """The glyph's drawing, with what it draws on among the resources."""
        content = self._printed[self._drawings[name]].content()
        for image in GLYPH_IMAGE.findall(content):
            resources.keep(b"X", self._images[image], b"X" + image)
        return file.add(stream_object(b"", resources.renamed(content)))


def _glyphs_in(head: bytes, key: bytes, prefix: bytes) -> dict[bytes, int]:
    begin, end = dictionary_after(head, key)
    return {name: int(number) for name, number in re.findall(prefix + rb"(g[0-9A-F]+) (\d+) 0 R", head[begin:end])}


def _subset(face: hb.Face, glyphs: Iterable[int]) -> bytes:
    """The font program with these glyphs alone, under their old numbers."""
    wanted = hb.SubsetInput()
    wanted.sets(hb.SubsetInputSets.GLYPH_INDEX).set(set(glyphs))
    wanted.sets(hb.SubsetInputSets.DROP_TABLE_TAG).update(_tag(table) for table in UNUSED_TABLES)
    wanted.flags = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NOTDEF_OUTLINE
    return bytes(hb.subset(face, wanted).blob.data)


def _tag(table: str) -> int:
    return int.from_bytes(table.encode(), "big")


@lru_cache(maxsize=256)
def _program(program: bytes) -> bytes:
    """As a stream. A layout's fixed texts need the same glyphs in every certificate: packing them once will do."""
    return stream_object(b"/Length1 %d\n" % len(program), program)


def _widths(head: bytes) -> tuple[dict[int, bytes], bytes]:
    """The glyphs' widths as they are written, and the one of all glyphs that are not among them."""
    said = re.search(rb"/W \[(.*)\]", head)
    words = WORD.findall(said[1]) if said else []
    widths: dict[int, bytes] = {}
    while words:
        first, following = int(words[0]), words[1]
        if following == b"[":
            end = words.index(b"]")
            widths.update(enumerate(words[2:end], first))
            words = words[end + 1 :]
        else:
            widths.update(dict.fromkeys(range(first, int(following) + 1), words[2]))
            words = words[3:]
    return widths, found(rb"/DW ([\d.-]+)", head)


def _runs(widths: dict[int, bytes], usual: bytes, codes: Sequence[int]) -> bytes:
    """The widths of these glyphs, in runs of consecutive ones: `36 [753 672] 49 [788]`."""
    runs: list[bytes] = []
    for place, code in enumerate(codes):
        width = widths.get(code, usual)
        follows = place > 0 and codes[place - 1] == code - 1
        runs.append(b" " + width if follows else b"%s%d [%s" % (b"] " if runs else b"", code, width))
    return b"".join([*runs, b"]"])


def _characters(printed: Printed, font: int) -> dict[int, bytes]:
    """What each code stands for, as hexadecimal UTF-16."""
    characters: dict[int, bytes] = {}
    for first, last_or_text, text in MAPPED.findall(printed[printed[font].number_of(b"/ToUnicode")].content()):
        if not text:
            characters[int(first, 16)] = last_or_text
            continue
        begin = int(first, 16)
        for step in range(int(last_or_text, 16) - begin + 1):
            # Only the last unit counts on within a range.
            characters[begin + step] = text[:-4] + b"%04X" % (int(text[-4:], 16) + step)
    return characters


def _character_map(characters: dict[int, bytes], codes: Sequence[int], *, bytes_per_code: int) -> bytes:
    digits = 2 * bytes_per_code
    lines = [b"<%0*X> <%s>\n" % (digits, code, characters[code]) for code in codes if code in characters]
    blocks = [lines[first : first + LONGEST_BLOCK] for first in range(0, len(lines), LONGEST_BLOCK)]
    said = b"".join(b"%d beginbfchar\n%sendbfchar\n" % (len(block), b"".join(block)) for block in blocks)
    return CHARACTER_MAP % (b"0" * digits, b"F" * digits, said)
