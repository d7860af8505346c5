"""A certificate's page as something that a sheet can show: a form XObject."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pikepdf import Array, Dictionary, Name, Object, Page, Pdf

from services.staff.packs.copying import Copier, Copies
from services.staff.packs.sheets import Matrix, Size

NAMES = re.compile(rb"/([A-Za-z][A-Za-z0-9]*)")
WORTH_IT = 1000
"""Bytes of a drawing that is stored apart: a smaller one is drawn where it stands."""
OPENS = frozenset({b"q", b"BT"})
CLOSES = frozenset({b"Q", b"ET"})
MARKS = (b"BMC", b"BDC", b"EMC")
STATE = re.compile(rb"^(?:(q)|(Q)|((?:[-\d.]+ ){6})cm)$", re.MULTILINE)
UNMOVED: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Form(NamedTuple):
    drawn: Object
    size: Size


def form_of(source: Pdf, copies: Copies) -> Form:
    """The first page of a certificate, brought into the pack."""
    page = source.pages[0]
    left, bottom, right, top = (float(edge) for edge in page.mediabox)
    drawing = _Drawing(page, source, copies)
    head = Dictionary(
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([left, bottom, right, top]),
        Matrix=Array([1, 0, 0, 1, -left, -bottom]),
        Resources=drawing.resources,
    )
    return Form(copies.stream(drawing.content, head), (right - left, top - bottom))


class _Drawing:
    """What a page draws, and what with: `content` and `resources`.

    A page's content may be several streams. One in the middle is the layout's art, the same in every certificate:
    it becomes a form of its own, so that it is stored once.

    Gradients and patterns are measured from where the stream begins that paints with them, not from where it has come
    to. So the art's form begins where the page does: its matrix takes back every step so far, its content takes them.
    """

    def __init__(self, page: Page, source: Pdf, copies: Copies) -> None:
        self._copier: Copier = copies.of(source)
        self._copies = copies
        self.resources: Dictionary = self._copier.parts(page.resources)
        self._arts = 0
        self._steps: list[Matrix] = [UNMOVED]
        streams = list(page.Contents) if isinstance(page.Contents, Array) else [page.Contents]
        self.content = b"\n".join(self._drawn(stream, is_alone=len(streams) == 1) for stream in streams)

    def _drawn(self, stream: Any, *, is_alone: bool) -> bytes:
        content = bytes(stream.read_bytes())
        steps = self._steps[-1] if self._steps else None
        if is_alone or len(content) < WORTH_IT or steps is None or not stands_alone(content):
            self._steps = after(content, self._steps)
            return content
        head = Dictionary(
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=Array([-32000, -32000, 32000, 32000]),
            Matrix=Array([round(number, 9) for number in inverse(steps)]),
            Resources=Dictionary(dict(_used(content, self.resources))),
        )
        content = b"%s cm\n%s" % (" ".join(f"{number:.9f}" for number in steps).encode(), content)
        name = f"/Art{self._arts}"
        self._arts += 1
        if "/XObject" not in self.resources:
            self.resources["/XObject"] = Dictionary()
        self.resources["/XObject"][name] = self._copies.stream(content, head)
        return f"{name} Do".encode()


def after(content: bytes, before: list[Matrix]) -> list[Matrix]:
    """Where a drawing has come to, and where it goes back to; nothing where that cannot be told."""
    steps = list(before)
    for saves, restores, step in STATE.findall(content):
        if not steps:
            return []
        if saves:
            steps.append(steps[-1])
        elif restores:
            steps.pop()
        else:
            steps[-1] = times(_matrix(step), steps[-1])
    return steps


def _matrix(step: bytes) -> Matrix:
    a, b, c, d, e, f = (float(number) for number in step.split())
    return a, b, c, d, e, f


def times(first: Matrix, then: Matrix) -> Matrix:
    (a, b, c, d, e, f), (g, h, i, j, k, m) = first, then
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def inverse(matrix: Matrix) -> Matrix:
    a, b, c, d, e, f = matrix
    size = a * d - b * c
    return d / size, -b / size, -c / size, a / size, (c * f - d * e) / size, (b * e - a * f) / size


def stands_alone(content: bytes) -> bool:
    """Whether nothing that follows depends on it: whatever it sets, it restores."""
    depth = 0
    for line in content.split(b"\n"):
        if line in OPENS:
            depth += 1
        elif line in CLOSES:
            depth -= 1
            if depth < 0:
                return False
        elif depth == 0 and line and not line.endswith(MARKS):
            return False
    return depth == 0


def _used(content: bytes, resources: Dictionary) -> Iterator[tuple[str, Object]]:
    """The resources that are named in the content, by kind."""
    named = {f"/{name.decode()}" for name in NAMES.findall(content)}
    for kind, known in resources.items():
        if isinstance(known, Dictionary) and (used := {name: one for name, one in known.items() if name in named}):
            yield kind, Dictionary(used)
