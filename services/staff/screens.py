"""Templates filled and sent: the whole look of the staff web, and how dates read on it."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from services.staff.run_stages import WORDS

TEMPLATES = Path(__file__).parent / "templates"

STATES = {
    "issuing": "Queued",
    "issued": "Issued",
    "failed": "Failed",
    "withdrawn": "Withdrawn",
    "replaced": "Replaced",
}
"""A certificate's state, in the words that staff read."""


def _day(day: date, time_zone: str = "UTC") -> str:
    """`5 Mar 2026`: read the same way everywhere. A moment's day is the one by the school's clock."""
    if isinstance(day, datetime):
        day = day.astimezone(ZoneInfo(time_zone)).date()
    return _written(day)


@lru_cache(maxsize=1000)
def _written(day: date) -> str:
    """A long list has few days, and writing one out takes as long as the rest of its row."""
    return format_date(day, "d MMM y", locale="en")


def _written_day(day: str) -> str:
    """Of a date as messages have it, YYYY-MM-DD."""
    return _day(date.fromisoformat(day))


def _month(day: date) -> str:
    """`Mar`, and `Jan 2027` where a year begins."""
    return format_date(day, "MMM y" if day.month == 1 else "MMM", locale="en")


def moment(moment: datetime, time_zone: str) -> str:
    """`5 Mar 2026, 4:05 pm`, by the school's clock."""
    return format_datetime(moment, "d MMM y, h:mm a", tzinfo=ZoneInfo(time_zone), locale="en").replace("\u202f", " ")


def _clock(moment: datetime, time_zone: str) -> str:
    """`4:05 pm`, by the school's clock."""
    return format_datetime(moment, "h:mm a", tzinfo=ZoneInfo(time_zone), locale="en").replace("\u202f", " ")


class Screens:
    """The templates. Everything put into them is escaped: a name is text whatever it contains."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(day=_day, written_day=_written_day, month=_month, moment=moment, clock=_clock)
        self._environment.globals.update(state_words=STATES, stage_words=WORDS)

    def show(self, template: str, *, status: int = HTTPStatus.OK, **shown: Any) -> HTMLResponse:
        return HTMLResponse(self._environment.get_template(template).render(shown), status)
