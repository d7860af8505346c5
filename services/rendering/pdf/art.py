"""A layout's art: printed once, then shown by every certificate, however many curves or bytes it has.

Where the art stands in the layout, certificates are printed with a marker in its place: an image of one row. A page's
content may be several streams that are read as one, so the art's own stream goes where the marker was: what a viewer
reads is what it would have read from a plain print, to the last operator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.rendering.pdf.extract import Extract
from services.rendering.pdf.file import File, Resources
from services.rendering.pdf.fonts import fonts_of
from services.rendering.pdf.objects import STREAM, Object, Printed, StrangePdf, stream_object, with_references

MARKER_WIDTH = 1000
"""Pixels: the marker of the art that is the layout's n-th is this wide and n more; no picture of one row is."""
MARKER = re.compile(rb"^<</Type /XObject\n/Subtype /Image\n/Width (1\d\d\d)\n/Height 1\n")
SHOWN = b"/X%d Do\n"
STEP = b" cm\n"
# What saves a state, restores it, and changes its matrix.
STATE = re.compile(rb"^(?:(q)|(Q)|[-\d. ]+ (cm))$", re.MULTILINE)
MOST_OBJECTS = 1_000_000
"""Numbers that are kept free for each art's objects, far above any that a print has."""


@dataclass(frozen=True, slots=True)
class Art:
    stream: int
    """The number of the object that draws it."""
    objects: Mapping[int, Object]
    """It, and all that it draws with, as they are written into every file."""
    resources: tuple[tuple[bytes, int, bytes], ...]
    """What it draws with: letter, number and name of each."""
    placed: bytes
    """The matrix that its marker was drawn with beside it."""


class _Untagged:
    """The art is decoration as a whole."""

    def content(self, drawing: Object, content: bytes) -> bytes:
        return content

    def head(self, thing: Object, number: int) -> bytes:
        return thing.head


def art_of(content: bytes, place: int, *, is_image: bool) -> Art:
    """The art out of its own untagged print: a drawing with its marker, or an image, which stands for itself.

    StrangePdf where it does not stand on the page itself.
    """
    printed = Printed(content)
    [page] = printed.pages()
    # The first step, from a page's own units to Skia's, is taken by the certificate's page already.
    _, _, drawing = printed[printed[page].number_of(b"/Contents")].content().partition(STEP)
    marker, placed = _marker(printed, printed[page].resources(b"X"), drawing, None if is_image else place)
    file = File()
    stream = file.add()
    extract = Extract(printed, fonts_of(printed), file, _Untagged())
    resources = Resources(file.place, prefix=b"A%d" % place)
    file.write(
        stream, stream_object(b"", extract.drawn(drawing if is_image else drawing.replace(marker, b"", 1), resources))
    )
    extract.finish()
    first = MOST_OBJECTS * (place + 1)
    return Art(
        first + stream,
        {first + number: _finished(body, first) for number, body in file.objects()},
        tuple((letter, first + number, name) for letter, number, name in resources.kept()),
        placed,
    )


def by_marker(printed: Printed, pages: Sequence[int], arts: Sequence[Art]) -> dict[int, Art]:
    """Each art by its marker's number in the print."""
    images = {image for page in pages for image in printed[page].resources(b"X")} if arts else set()
    places = {image: _place(printed[image]) for image in images}
    return {image: arts[place] for image, place in places.items() if place is not None}


def parts(content: bytes, arts: Mapping[int, Art]) -> Iterator[bytes | Art]:
    """A page's content, cut where its arts belong; `arts` are by their markers' numbers."""
    found = sorted((content.find(SHOWN % marker), marker) for marker in arts)
    at, opening = 0, b""
    for shown, marker in found:
        if shown < 0:
            continue  # a block that is hidden, and the art in it
        begin, end = _step_before(content, shown)
        if content[begin:end] != arts[marker].placed:
            raise StrangePdf("an art is not where it was when it was printed")
        after = shown + len(SHOWN % marker)
        if not content.startswith(b"Q\n", after) or not _in_page_units(content[:shown]):
            raise StrangePdf("an art is drawn with more than its own matrix")
        # The matrix is the marker's; the art was printed with the page's.
        yield opening + content[at:shown] + b"Q\n"
        yield arts[marker]
        at, opening = after, b"q\n"
    yield opening + content[at:]


def _finished(body: bytes, first: int) -> Object:
    head, _, rest = body.partition(STREAM)
    stream = rest.removesuffix(b"\nendstream") if rest else None
    return Object(with_references(head, lambda number: first + number), stream, is_finished=True)


def _marker(printed: Printed, images: Sequence[int], drawing: bytes, place: int | None) -> tuple[bytes, bytes]:
    """The line that shows the marker, or the one image, and the matrix that it is drawn with."""
    for image in images:
        shown = drawing.find(SHOWN % image)
        is_it = _place(printed[image]) == place and b"/Subtype /Image\n" in printed[image].head
        if shown >= 0 and is_it:
            begin, end = _step_before(drawing, shown)
            return SHOWN % image, drawing[begin:end]
    raise StrangePdf("the art's marker is not on the page itself")


def _place(thing: Object) -> int | None:
    """Of which art this image is the marker, if it is one."""
    match = MARKER.match(thing.head)
    return int(match[1]) - MARKER_WIDTH if match else None


def _step_before(content: bytes, shown: int) -> tuple[int, int]:
    """Where the matrix is written that something is drawn with."""
    end = content.rfind(STEP, 0, shown)
    if end < 0 or content.find(b"\nQ\n", end, shown) >= 0:
        raise StrangePdf("an art's marker is drawn without a matrix of its own")
    return content.rfind(b"\n", 0, end) + 1, end


def _in_page_units(content: bytes) -> bool:
    """Whether at the content's end the innermost saved state alone has a matrix, beside the page's first step."""
    moved = [False]
    for saves, restores, _ in STATE.findall(content):
        if saves:
            moved.append(False)
        elif restores:
            moved.pop()
        else:
            moved[-1] = True
    return len(moved) > 1 and not any(moved[1:-1])
