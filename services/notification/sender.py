"""Sends what is due, several digests side by side, and looks after what was left half sent."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from services.kit.delivery import passes_by_itself
from services.kit.telemetry import get_logger

SENDERS = 4
POLL_S = 0.5
SWEEP_S = 5.0
STOP_PATIENCE_S = 20.0


Due = TypeVar("Due")
Due_co = TypeVar("Due_co", covariant=True)


class Claims(Protocol[Due_co]):
    """A ledger: what is due, to one sender each, and what nobody sends any more."""

    async def claim(self) -> Due_co | None: ...

    async def give_up_on_lost_senders(self) -> int: ...


class Sender(Generic[Due]):
    def __init__(
        self,
        ledger: Claims[Due],
        dispatch: Callable[[Due], Awaitable[None]],
        *,
        name: str = "sender",
        senders: int = SENDERS,
    ) -> None:
        self.name = name
        self._senders = senders
        self._ledger = ledger
        self._dispatch = dispatch
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def wake(self) -> None:
        """Something may be due."""
        self._woken.set()

    async def start(self) -> None:
        loops = [self._repeat(self._send_one, POLL_S) for _ in range(self._senders)]
        self._tasks = [asyncio.create_task(loop) for loop in (*loops, self._repeat(self._sweep, SWEEP_S))]

    async def stop(self) -> None:
        """Finish the mails in hand. One that takes too long is left behind, and found by the sweep."""
        self._stopping.set()
        self.wake()
        _, late = await asyncio.wait(self._tasks, timeout=STOP_PATIENCE_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def ready(self) -> bool:
        return bool(self._tasks) and not any(task.done() for task in self._tasks)

    async def _repeat(self, work: Callable[[], Awaitable[bool]], pause_s: float) -> None:
        """Work as long as there is some; whatever goes wrong with one digest is no reason to stop."""
        while not self._stopping.is_set():
            try:
                worked = await work()
            except Exception as error:
                worked = False
                if passes_by_itself(error):
                    get_logger().warning("sender_waits", error=type(error).__name__)
                else:
                    get_logger().exception("sender_failed")
            if not worked and not self._stopping.is_set():
                await self._rest(pause_s)

    async def _send_one(self) -> bool:
        due = await self._ledger.claim()
        if due is not None:
            await self._dispatch(due)
        return due is not None

    async def _sweep(self) -> bool:
        if lost := await self._ledger.give_up_on_lost_senders():
            get_logger().error("mails_of_unknown_fate", mails=lost)
        return False

    async def _rest(self, pause_s: float) -> None:
        # Not `wait_for`: in Python 3.11 it forgets a cancellation that comes at the moment of the waking.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._woken.wait()
        self._woken.clear()
