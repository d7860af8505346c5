"""Dates as a guardian reads them."""

from __future__ import annotations

from datetime import date

from babel import Locale, UnknownLocaleError
from babel.dates import format_date


def long_date(day: date, locale: str | None) -> str:
    """`12 March 2026` in the words and order of the locale (a BCP 47 tag)."""
    return format_date(day, format="long", locale=_known(locale))


def _known(tag: str | None) -> Locale:
    """The locale, or its language, or English: whatever Babel knows."""
    for candidate in (tag, (tag or "").partition("-")[0]):
        try:
            if candidate:
                return Locale.parse(candidate, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en", "NZ")
