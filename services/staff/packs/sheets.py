"""Where certificates stand on a sheet of paper: whole, as large as they can be, turned where that is larger.

All lengths are points (1/72 inch), from the sheet's lower left corner.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from contracts.rendering import PaperSize

MM = 72 / 25.4
PAPERS: dict[PaperSize, tuple[float, float]] = {
    "A4": (210 * MM, 297 * MM),
    "A5": (148 * MM, 210 * MM),
    "Letter": (612.0, 792.0),
}
"""Width and height, upright."""

MARGIN = GAP = 8 * MM
"""Around and between certificates that share a sheet: room for the marks, and what printers leave white anyway."""
MARK_FROM, MARK_LENGTH = 1 * MM, 3 * MM
AS_IT_IS = 0.003
"""Who differs so little is not scaled: the same paper is measured a little differently here and there."""

Size: TypeAlias = tuple[float, float]
Matrix: TypeAlias = tuple[float, float, float, float, float, float]
Line: TypeAlias = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """Where one certificate stands."""

    matrix: Matrix
    """From the certificate's own points to the sheet's."""
    box: tuple[float, float, float, float]
    """Left, bottom, right, top."""

    @property
    def is_turned(self) -> bool:
        return self.matrix[0] == 0

    @property
    def scale(self) -> float:
        return self.matrix[0] or self.matrix[1]


@dataclass(frozen=True, slots=True)
class Sheet:
    size: Size
    places: tuple[Place, ...]
    marks: tuple[Line, ...]
    """Where to cut."""


def laid_out(certificates: Sequence[Size], paper: PaperSize, each: int) -> Sheet:
    """The sheet for so many certificates or fewer. It lies as most of them do, so that few are turned."""
    width, height = PAPERS[paper]
    if each == 1 and (own := _as_it_is(certificates[0], paper)):
        return own
    sheets = [_laid_out(certificates, size, each) for size in ((width, height), (height, width))]
    return max(sheets, key=lambda sheet: (round(_shown(sheet)), -sum(place.is_turned for place in sheet.places)))


def _as_it_is(certificate: Size, paper: PaperSize) -> Sheet | None:
    """A sheet of the certificate's own size, to the last bit of a point, where it was made for this paper."""
    is_same = all(
        abs(own / given - 1) < AS_IT_IS for own, given in zip(sorted(certificate), PAPERS[paper], strict=True)
    )
    return (
        Sheet(certificate, (Place((1.0, 0.0, 0.0, 1.0, 0.0, 0.0), (0.0, 0.0, *certificate)),), ()) if is_same else None
    )


def _shown(sheet: Sheet) -> float:
    """How large its certificates are, in hundredths."""
    return 100 * sum(place.scale for place in sheet.places)


def _laid_out(certificates: Sequence[Size], size: Size, each: int) -> Sheet:
    places = tuple(_placed(one, cell) for one, cell in zip(certificates, _cells(size, each), strict=False))
    marks = tuple(line for place in places for line in _marks(place.box)) if each > 1 else ()
    return Sheet(size, places, marks)


def _cells(size: Size, each: int) -> Iterator[tuple[float, float, float, float]]:
    """Left, bottom, width and height of each part of the sheet, from left to right and top to bottom."""
    columns, rows = _grid(size, each)
    margin, gap = (MARGIN, GAP) if each > 1 else (0.0, 0.0)
    width = (size[0] - 2 * margin - (columns - 1) * gap) / columns
    height = (size[1] - 2 * margin - (rows - 1) * gap) / rows
    for row in reversed(range(rows)):
        for column in range(columns):
            yield margin + column * (width + gap), margin + row * (height + gap), width, height


def _grid(size: Size, each: int) -> tuple[int, int]:
    """Columns and rows."""
    if each == 2:
        return (1, 2) if size[0] < size[1] else (2, 1)
    return (2, 2) if each == 4 else (1, 1)


def _placed(certificate: Size, cell: tuple[float, float, float, float]) -> Place:
    """In the middle of its part."""
    (own_width, own_height), (left, bottom, width, height) = certificate, cell
    upright = min(width / own_width, height / own_height)
    turned = min(width / own_height, height / own_width)
    is_turned = turned > upright * (1 + AS_IT_IS)
    scale = turned if is_turned else upright
    wide, high = (scale * own_height, scale * own_width) if is_turned else (scale * own_width, scale * own_height)
    x, y = left + (width - wide) / 2, bottom + (height - high) / 2
    matrix = (0.0, scale, -scale, 0.0, x + wide, y) if is_turned else (scale, 0.0, 0.0, scale, x, y)
    return Place(matrix, (x, y, x + wide, y + high))


def _marks(box: tuple[float, float, float, float]) -> Iterator[Line]:
    """Two short lines at each corner, outside of what they are about."""
    left, bottom, right, top = box
    for x, out in ((left, -1), (right, 1)):
        for y, up in ((bottom, -1), (top, 1)):
            yield x + out * MARK_FROM, y, x + out * (MARK_FROM + MARK_LENGTH), y
            yield x, y + up * MARK_FROM, x, y + up * (MARK_FROM + MARK_LENGTH)
