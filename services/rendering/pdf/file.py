"""A certificate's own file while it is put together: its objects, numbered in the order in which they are met."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping

from services.rendering.pdf.content import renamed
from services.rendering.pdf.objects import StrangePdf

HEADER = b"%PDF-1.7\n%\xd3\xeb\xe9\xe1\n"
CATEGORIES = {b"G": b"/ExtGState", b"P": b"/Pattern", b"X": b"/XObject", b"F": b"/Font"}
"""By the letter that Skia's resource names begin with."""


class File:
    def __init__(self) -> None:
        self._bodies: list[bytes] = []
        self._numbers: dict[int, int] = {}
        self.waiting: deque[int] = deque()
        """Objects of the print that have a number here already, and are to be written still."""

    def add(self, body: bytes = b"") -> int:
        """A new object's number."""
        self._bodies.append(body)
        return len(self._bodies)

    def write(self, number: int, body: bytes) -> None:
        self._bodies[number - 1] = body

    def place(self, printed: int) -> int:
        """The number here of an object of the print; met for the first time, it gets one and waits to be written."""
        if printed not in self._numbers:
            self.stands_for(printed, self.add())
            self.waiting.append(printed)
        return self._numbers[printed]

    def stands_for(self, printed: int, number: int) -> None:
        """What refers to the print's object refers to this one here."""
        self._numbers[printed] = number

    def objects(self) -> Iterator[tuple[int, bytes]]:
        return enumerate(self._bodies, 1)

    def content(self, root: int, info: int) -> bytes:
        """The whole file."""
        parts, at, offsets = [HEADER], len(HEADER), []
        for number, body in enumerate(self._bodies, 1):
            part = b"%d 0 obj\n%s\nendobj\n" % (number, body)
            offsets.append(b"%010d 00000 n \n" % at)
            parts.append(part)
            at += len(part)
        size = len(self._bodies) + 1
        return b"".join(
            [
                *parts,
                b"xref\n0 %d\n0000000000 65535 f \n" % size,
                *offsets,
                b"trailer\n<</Size %d\n/Root %d 0 R\n/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, root, info, at),
            ]
        )


class Resources:
    """What one content stream draws with, named in the order in which it first does: that depends on nothing else."""

    def __init__(self, place: Callable[[int], int], prefix: bytes = b"") -> None:
        """`prefix`: what every name begins with, so that two streams can be read as one."""
        self._place = place
        self._prefix = prefix
        self._kept: dict[bytes, dict[int, bytes]] = {letter: {} for letter in CATEGORIES}

    def renamed(self, content: bytes) -> bytes:
        """The content with its resources' new names; the resources are kept."""
        return renamed(content, self._name)

    def keep(self, letter: bytes, printed: int, name: bytes | None = None) -> bytes:
        """The resource's name: the one it has already, or the one given, or the next of its kind."""
        if letter not in CATEGORIES:
            raise StrangePdf(f"a resource is of the unknown kind {letter.decode()}")
        kept = self._kept[letter]
        return kept.setdefault(self._place(printed), name or b"%s%s%d" % (self._prefix, letter, len(kept)))

    def kept(self) -> Iterator[tuple[bytes, int, bytes]]:
        """Letter, number and name of each."""
        return ((letter, *entry) for letter, kept in self._kept.items() for entry in kept.items())

    def dictionary(self) -> bytes:
        kinds = (_named(CATEGORIES[letter], kept) for letter, kept in self._kept.items() if kept)
        return b"<<%s>>" % b"\n".join(kinds)

    def _name(self, letter: bytes, printed: int) -> bytes:
        return b"/" + self.keep(letter, printed)


def _named(category: bytes, kept: Mapping[int, bytes]) -> bytes:
    return b"%s <<%s>>" % (category, b"\n".join(b"/%s %d 0 R" % (name, number) for number, name in kept.items()))
