"""Trying again what is not done the first time: what a server that is not ready yet refuses; ending a task."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.kit.delivery import passes_by_itself
from services.kit.telemetry import get_logger

Got = TypeVar("Got")
PAUSE_S = 0.3
CANCEL_AGAIN_S = 5.0
"""Longer than handing back what is in hand takes."""


async def patiently(attempt: Callable[[], Awaitable[Got]], within_s: float, what: str) -> Got:
    """What `attempt` gives, as soon as it gives something. Its error, where that does not pass within the time."""
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + within_s
    while True:
        try:
            return await attempt()
        except Exception as error:
            if not passes_by_itself(error) or loop.time() > give_up_at:
                raise
            get_logger().warning("not_there_yet", what=what, error=type(error).__name__)
            await asyncio.sleep(PAUSE_S)


async def ended(task: asyncio.Future[None]) -> None:
    """It is cancelled, and has ended: until then it is cancelled again, because in Python 3.11 an answer that comes at
    the moment of a cancellation (`wait_for`, in the clients of the broker and of Postgres) makes it forgotten."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=CANCEL_AGAIN_S)
