"""What was found of one thing: that it is well, or what is wrong and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SINCE_LONG = timedelta(minutes=1)
"""Whatever waits for less is on its way."""


@dataclass(frozen=True, slots=True)
class Finding:
    about: str
    says: str
    remedy: str | None = None
    """What a person can do. None: nothing has to be done."""

    @property
    def is_well(self) -> bool:
        return self.remedy is None


def is_long_ago(since: datetime | None) -> bool:
    return since is not None and datetime.now(UTC) - since > SINCE_LONG


def since_when(since: datetime) -> str:
    """`since 2026-11-25 20:14 UTC (7 min)`."""
    minutes = int((datetime.now(UTC) - since).total_seconds() // 60)
    hours, days = minutes // 60, minutes // (24 * 60)
    how_long = f"{days} d" if days else f"{hours} h" if hours else f"{minutes} min" if minutes else "under a minute"
    return f"since {since.astimezone(UTC):%Y-%m-%d %H:%M} UTC ({how_long})"
