"""Certificates week by week as bars: where each stands and how high it is, in the units of the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from contracts.queries import Week

STEP, BAR, HEIGHT, LABELS = 20, 14, 120, 24
"""From bar to bar, a bar's width, the highest bar, the room below for the months' names."""
LOWEST = 2
"""A week with a single certificate can be seen beside one with hundreds."""


@dataclass(frozen=True, slots=True)
class Bar:
    week: Week
    x: int
    height: int
    begins_month: date | None
    """The week's first day, where it is the first of the month in the drawing."""

    @property
    def y(self) -> int:
        return HEIGHT - self.height


@dataclass(frozen=True, slots=True)
class Chart:
    bars: tuple[Bar, ...]
    most: int
    """Certificates in the best week."""

    @property
    def together(self) -> int:
        return sum(bar.week.certificates for bar in self.bars)

    @property
    def size(self) -> tuple[int, int]:
        return STEP * len(self.bars), HEIGHT + LABELS


def chart_of(weeks: Sequence[Week]) -> Chart:
    most = max((week.certificates for week in weeks), default=0)
    bars = tuple(
        Bar(week, x=STEP * place, height=_height(week.certificates, most), begins_month=_new_month(weeks, place))
        for place, week in enumerate(weeks)
    )
    return Chart(bars, most)


def _height(certificates: int, most: int) -> int:
    return max(LOWEST, round(HEIGHT * certificates / most)) if certificates else 0


def _new_month(weeks: Sequence[Week], place: int) -> date | None:
    day = weeks[place].begins_on
    return day if place and weeks[place - 1].begins_on.month != day.month else None
