"""Long work, some of it at a time, that says how far it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Thing = TypeVar("Thing")
Found = TypeVar("Found")
Say = Callable[[str], None]

AT_A_TIME = 16
SAID_EVERY_S = 2.0
"""What is done sooner than this says nothing."""


class Progress:
    """`what: 1200 of 30000`, now and then."""

    def __init__(self, say: Say, what: str, total: int) -> None:
        self._say = say
        self._what = what
        self._total = total
        self._done = 0
        self._said_at = time.monotonic()

    def step(self, steps: int = 1) -> None:
        self._done += steps
        if time.monotonic() - self._said_at >= SAID_EVERY_S and self._done < self._total:
            self._said_at = time.monotonic()
            self._say(f"{self._what}: {self._done} of {self._total}")


async def some_at_a_time(
    work: Callable[[Thing], Awaitable[Found]], things: Sequence[Thing], progress: Progress
) -> list[Found]:
    """What the work on each of them found, in their order."""
    found: list[Found] = []
    for first in range(0, len(things), AT_A_TIME):
        lot = things[first : first + AT_A_TIME]
        found += await asyncio.gather(*map(work, lot))
        progress.step(len(lot))
    return found
