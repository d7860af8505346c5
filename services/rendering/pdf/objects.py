"""Reads the objects of a PDF as Chromium's printer (Skia) writes it: plainly, one object after another, with a table.

A general PDF library would do this too, at several times the price of printing the page; docs/performance.md
has the figures. Whatever is not as Skia writes it is a StrangePdf, never a guess.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

# Strings come first, so that no text is ever taken for a reference.
REFERENCE = re.compile(rb"\((?:[^()\\]|\\.)*\)|(?<!<)<[0-9A-Fa-f]*>|\b(\d+) 0 R\b", re.DOTALL)
LENGTH = rb"/Length (\d+)"
TABLE_ENTRY = 20
STREAM = b" stream\n"
COMPRESSION = 6


class StrangePdf(ValueError):
    """Chromium wrote its PDF in a way that is not known here: the text says what was not as expected."""


class Object(NamedTuple):
    head: bytes
    """The dictionary, or whatever else the object is, as text."""
    stream: bytes | None
    """The stream's bytes as they lie in the file."""
    is_finished: bool = False
    """Nothing is to be done to it but to number what it refers to."""

    def content(self) -> bytes:
        """The stream, decompressed."""
        if self.stream is None:
            raise StrangePdf("a stream was expected, and there is none")
        return zlib.decompress(self.stream) if b"/FlateDecode" in self.head else self.stream

    def resources(self, letter: bytes) -> list[int]:
        """The resources of this page or form whose names begin with the letter."""
        begin, end = dictionary_after(self.head, b"/Resources")
        return [int(number) for number in re.findall(rb"/%s\d+ (\d+) 0 R" % letter, self.head[begin:end])]

    def number_of(self, key: bytes) -> int:
        """The object that `key` refers to."""
        return int(found(key + rb" (\d+) 0 R", self.head))


def found(pattern: bytes, head: bytes) -> bytes:
    """The pattern's first group in the head."""
    match = re.search(pattern, head)
    if match is None:
        raise StrangePdf(f"there is no {pattern.decode()}")
    return match[1]


class Printed:
    """The objects of one print by number."""

    def __init__(self, content: bytes, more: Mapping[int, Object] | None = None) -> None:
        """`more` are objects from elsewhere, by numbers that the print has not."""
        self._content = content
        self._offsets = _offsets(content)
        following = sorted({*self._offsets.values(), content.rindex(b"xref\n0 ")})
        self._ends = dict(pairwise(following))
        self._objects: dict[int, Object] = dict(more or {})
        trailer = content[content.rindex(b"trailer\n") :]
        self.root = self[Object(trailer, None).number_of(b"/Root")]

    def __getitem__(self, number: int) -> Object:
        if number not in self._objects:
            self._objects[number] = self._read(number)
        return self._objects[number]

    def pages(self) -> list[int]:
        """The pages' numbers, in order."""
        return list(self._pages_below(self.root.number_of(b"/Pages")))

    def _pages_below(self, node: int) -> Iterator[int]:
        head = self[node].head
        begin = head.find(b"/Kids [")
        if begin < 0:
            yield node
            return
        for kid in references(head[begin : head.index(b"]", begin)]):
            yield from self._pages_below(kid)

    def _read(self, number: int) -> Object:
        opening = b"%d 0 obj\n" % number
        start = self._offsets.get(number, -1)
        if start < 0 or not self._content.startswith(opening, start):
            raise StrangePdf(f"object {number} is not where the table says")
        start += len(opening)
        end = self._content.rindex(b"\nendobj", start, self._ends[start - len(opening)])
        at = self._content.find(STREAM, start, end)
        if at < 0:
            return Object(self._content[start:end], None)
        head = self._content[start:at]
        begin = at + len(STREAM)
        return Object(head, self._content[begin : begin + int(found(LENGTH, head))])


def _offsets(content: bytes) -> dict[int, int]:
    table = int(content[content.rindex(b"startxref") + 10 :].split(maxsplit=1)[0])
    title = re.compile(rb"xref\n0 (\d+)\n").match(content, table)
    if title is None:
        raise StrangePdf("the table of objects is not where it is said to be")
    first = title.end() + TABLE_ENTRY
    return {
        number: int(content[place : place + 10])
        for number, place in enumerate(range(first, first + TABLE_ENTRY * (int(title[1]) - 1), TABLE_ENTRY), 1)
    }


def with_references(head: bytes, new: Callable[[int], int]) -> bytes:
    """The head with every reference `n 0 R` to the new number of its object."""

    def renumbered(match: re.Match[bytes]) -> bytes:
        return match[0] if match[1] is None else b"%d 0 R" % new(int(match[1]))

    return REFERENCE.sub(renumbered, head)


def references(head: bytes) -> list[int]:
    """The objects that the head refers to, in its order."""
    return [int(match[1]) for match in REFERENCE.finditer(head) if match[1] is not None]


def dictionary_after(head: bytes, key: bytes) -> tuple[int, int]:
    """Where the dictionary that follows `key` begins and ends in the head; (-1, -1) where there is none."""
    begin = head.find(key + b" <<")
    if begin < 0:
        return -1, -1
    begin += len(key) + 1
    depth, at = 0, begin
    while True:
        opening, closing = head.find(b"<<", at), head.find(b">>", at)
        if closing < 0:
            raise StrangePdf(f"the dictionary of {key.decode()} has no end")
        if 0 <= opening < closing:
            depth, at = depth + 1, opening + 2
        else:
            depth, at = depth - 1, closing + 2
        if depth == 0:
            return begin, at


def stream_object(head: bytes, content: bytes) -> bytes:
    """A stream as an object; `head` is its dictionary without `<<`, `>>`, length and filter."""
    packed = zlib.compress(content, COMPRESSION)
    if len(packed) < len(content):
        return b"<<%s/Filter /FlateDecode\n/Length %d>> stream\n%s\nendstream" % (head, len(packed), packed)
    return b"<<%s/Length %d>> stream\n%s\nendstream" % (head, len(content), content)
