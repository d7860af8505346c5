"""How long to wait before a mail is tried again. Pure."""

from __future__ import annotations

from datetime import timedelta

GIVE_UP_AFTER = timedelta(days=3)
"""A server that still says "later" then will not take it: staff are told."""


def delay_when_away(attempts: int) -> timedelta:
    """Nobody answers: 2, 4, 8 … 60 seconds. Whatever waits is sent within a minute of the server's return."""
    return timedelta(seconds=min(60, 2 ** min(attempts + 1, 10)))


def delay_when_deferred(attempts: int) -> timedelta:
    """The server says "later": 2 seconds once (most greylisting), then 30, 60 … up to 30 minutes."""
    return timedelta(seconds=2 if attempts == 0 else min(1800, 30 * 2 ** min(attempts - 1, 10)))
