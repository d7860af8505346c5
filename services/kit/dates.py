"""Dates as people read them. Pure."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

FALLBACK = Locale("en", "NZ")


@lru_cache(maxsize=4096)
def long_date(day: date, tag: str | None) -> str:
    """`12 March 2026` in the words and order of the locale (a BCP 47 tag)."""
    return format_date(day, format="long", locale=known_locale(tag) or known_locale(_language(tag)) or FALLBACK)


def known_locale(tag: str | None) -> Locale | None:
    """The locale that dates can be written in, if the tag names one."""
    try:
        return Locale.parse(tag, sep="-") if tag else None
    except (UnknownLocaleError, ValueError):
        return None


def _language(tag: str | None) -> str:
    return (tag or "").partition("-")[0]
