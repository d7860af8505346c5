"""Waiting in tests: polling for a condition, with a bound."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Found = TypeVar("Found")


async def eventually(
    look: Callable[[], Awaitable[Found | None]], *, within: float = 15.0, what: str = "", pause: float = 0.02
) -> Found:
    """What `look` finds, as soon as it finds something true; AssertionError after `within` seconds."""
    give_up_at = time.monotonic() + within
    while True:
        found = await look()
        if found:
            return found
        assert time.monotonic() < give_up_at, f"not within {within} s: {what or look.__qualname__}"
        await asyncio.sleep(pause)
