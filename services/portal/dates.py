"""Moments as a family reads them."""

from __future__ import annotations

from datetime import UTC, datetime

from babel.dates import format_timedelta


def ago(moment: datetime) -> str:
    """`5 days ago`: true in every time zone, and the portal does not know the reader's."""
    return format_timedelta(moment - datetime.now(UTC), add_direction=True, locale="en")
