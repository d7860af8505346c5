"""Dates as a family reads them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_timedelta


def long_date(day: date, locale: str | None) -> str:
    """`12 March 2026` in the words and order of the locale (a BCP 47 tag)."""
    return format_date(day, format="long", locale=_known(locale))


def ago(moment: datetime) -> str:
    """`5 days ago`: true in every time zone, and the portal does not know the reader's."""
    return format_timedelta(moment - datetime.now(UTC), add_direction=True, locale="en")


def _known(tag: str | None) -> Locale:
    """The locale, or its language, or English: whatever Babel knows."""
    for candidate in (tag, (tag or "").partition("-")[0]):
        try:
            if candidate:
                return Locale.parse(candidate, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en", "NZ")
