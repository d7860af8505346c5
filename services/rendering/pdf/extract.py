"""Draws a part out of a print into a file of its own, with everything that the part needs and nothing else."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Protocol

from services.rendering.pdf.content import shown
from services.rendering.pdf.file import File, Resources
from services.rendering.pdf.fonts import Font
from services.rendering.pdf.objects import (
    Object,
    Printed,
    StrangePdf,
    dictionary_after,
    stream_object,
    with_references,
)

LENGTH_AND_FILTER = re.compile(rb"\n?/(?:Length \d+|Filter /FlateDecode)")
RESOURCES = b"@resources@"


class Tagging(Protocol):
    """How tags and what they mark are carried over."""

    def content(self, drawing: Object, content: bytes) -> bytes:
        """The content of a page or form, with its marks as they are to be."""

    def head(self, thing: Object, number: int) -> bytes:
        """The text of an object, ready but for its references: changed where it takes part in what is carried over."""


class Extract:
    def __init__(self, printed: Printed, font: Callable[[int], Font], file: File, tagging: Tagging) -> None:
        self._printed = printed
        self._font = font
        self._file = file
        self._tagging = tagging
        self._glyphs: dict[int, set[int]] = defaultdict(set)
        self._fonts: list[int] = []

    def drawn(self, content: bytes, resources: Resources) -> bytes:
        """A page's or form's content as it is written: what it draws with is kept, and its glyphs are noted."""
        for font, codes in shown(content).items():
            self._glyphs[font].update(self._font(font).codes(codes))
        return resources.renamed(content)

    def finish(self) -> None:
        """Write everything that was referred to, and then the fonts, whose glyphs are all known only then."""
        self._write_what_waits()
        for place, number in enumerate(self._fonts):
            codes = sorted(self._glyphs[number]) or [0]
            self._file.write(self._file.place(number), self._font(number).cut(codes, _subset_tag(place), self._file))
        self._write_what_waits()

    @property
    def lacks_a_glyph(self) -> bool:
        return any(self._font(number).lacks(codes) for number, codes in self._glyphs.items())

    def _write_what_waits(self) -> None:
        waiting = self._file.waiting
        while waiting:
            number = waiting.popleft()
            thing = self._printed[number]
            if thing.head.startswith(b"<</Type /Font\n") and not thing.is_finished:
                self._fonts.append(number)
            else:
                self._file.write(self._file.place(number), self._copied(thing, number))

    def _copied(self, thing: Object, number: int) -> bytes:
        if thing.head.startswith(b"<</Type /Page"):
            raise StrangePdf("a certificate refers to another's page")
        if thing.stream is not None and b"/Resources <<" in thing.head and not thing.is_finished:
            return self._drawing(thing, number)
        head = with_references(self._tagging.head(thing, number), self._file.place)
        return head if thing.stream is None else b"%s stream\n%s\nendstream" % (head, thing.stream)

    def _drawing(self, drawing: Object, number: int) -> bytes:
        """A form or a pattern, which is a small page of its own."""
        resources = Resources(self._file.place)
        content = self.drawn(self._tagging.content(drawing, drawing.content()), resources)
        begin, end = dictionary_after(drawing.head, b"/Resources")
        rest = Object(drawing.head[:begin] + RESOURCES + drawing.head[end:], None)
        head = LENGTH_AND_FILTER.sub(b"", self._tagging.head(rest, number)).removeprefix(b"<<").removesuffix(b">>")
        head = with_references(head, self._file.place).replace(RESOURCES, resources.dictionary(), 1)
        return stream_object(head + b"\n", content)


def _subset_tag(place: int) -> bytes:
    """Six letters that no other font of the file has: AAAAAA, AAAAAB …"""
    return bytes(65 + place // 26**power % 26 for power in range(5, -1, -1))
