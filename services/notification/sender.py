"""Sends what is due, several digests side by side, and looks after what was left half sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Generic, Protocol, TypeVar

from services.kit.delivery import passes_by_itself
from services.kit.telemetry import get_logger
from services.notification.connections import Connections
from services.notification.domains import Domains

POLL_S = 0.5
SWEEP_S = 5.0
STOP_PATIENCE_S = 20.0


Due = TypeVar("Due")
Due_co = TypeVar("Due_co", covariant=True)


class Claims(Protocol[Due_co]):
    """A ledger: what is due, to one sender each, and what nobody sends any more."""

    async def claim(self, full: Collection[bytes]) -> Due_co | None:
        """Nothing that goes to a domain that is `full`."""
        ...

    async def give_up_on_lost_senders(self) -> int: ...


async def _nothing_else() -> None:
    pass


class Sender(Generic[Due]):
    def __init__(
        self,
        ledger: Claims[Due],
        dispatch: Callable[[Due], Awaitable[None]],
        connections: Connections,
        domains: Domains,
        *,
        at_once: int,
        domain_of: Callable[[Due], bytes | None] = lambda _: None,
        tidy_up: Callable[[], Awaitable[None]] = _nothing_else,
        name: str = "sender",
    ) -> None:
        """`at_once`: in hand, those that wait for the mail server among them. `tidy_up` is done every few seconds."""
        self.name = name
        self._ledger = ledger
        self._dispatch = dispatch
        self._connections = connections
        self._domains = domains
        self._at_once = at_once
        self._domain_of = domain_of
        self._tidy_up = tidy_up
        self._in_hand: set[asyncio.Task[None]] = set()
        self._nothing_but: frozenset[bytes] | None = None
        self._stirred = asyncio.Event()
        self._stopping = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []

    def wake(self) -> None:
        """Something may be due."""
        self._nothing_but = None
        self._stirred.set()

    async def start(self) -> None:
        loops = (
            self._repeat(self._take_up_one, self._until_stirred),
            self._repeat(self._sweep, self._until_next_sweep),
        )
        self._loops = [asyncio.create_task(loop) for loop in loops]

    async def stop(self) -> None:
        """Finish the mails in hand. One that takes too long is left behind, and found by the sweep."""
        self._stopping.set()
        self.wake()
        _, late = await asyncio.wait([*self._loops, *self._in_hand], timeout=STOP_PATIENCE_S)
        late |= self._in_hand
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def ready(self) -> bool:
        return bool(self._loops) and not any(loop.done() for loop in self._loops)

    # --- taking up

    async def _take_up_one(self) -> bool:
        """Whether there may be another one to take up."""
        full = self._domains.full()
        if not self._has_room() or full == self._nothing_but:
            return False
        due = await self._ledger.claim(full)
        if due is None:
            # To look through all that waits for these domains is dear: not before something changes.
            self._nothing_but = full
            return False
        # Counted here, and not when the task comes to run: the next one is looked for at once.
        self._domains.begin(self._domain_of(due))
        task = asyncio.create_task(self._send(due))
        self._in_hand.add(task)
        task.add_done_callback(self._is_done)
        return True

    def _has_room(self) -> bool:
        if self._connections.is_away:
            return False
        return len(self._in_hand) < (1 if self._connections.is_doubtful else self._at_once)

    async def _send(self, due: Due) -> None:
        """Whatever goes wrong with one is no reason to stop: its lease ends, and it is taken up again."""
        try:
            await self._dispatch(due)
        except Exception as error:
            _note(error)
        finally:
            self._domains.end(self._domain_of(due))

    def _is_done(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        self._stirred.set()

    # --- looking after

    async def _sweep(self) -> bool:
        if lost := await self._ledger.give_up_on_lost_senders():
            get_logger().error("mails_of_unknown_fate", mails=lost)
        await self._tidy_up()
        return False

    async def _repeat(self, work: Callable[[], Awaitable[bool]], rest: Callable[[], Awaitable[None]]) -> None:
        """Work as long as there is some."""
        while not self._stopping.is_set():
            try:
                worked = await work()
            except Exception as error:
                worked = False
                _note(error)
            if not worked and not self._stopping.is_set():
                await rest()

    async def _until_stirred(self) -> None:
        if not await _set_within(self._stirred, POLL_S):
            self._nothing_but = None
        self._stirred.clear()

    async def _until_next_sweep(self) -> None:
        """Not sooner, however much there is to send."""
        await _set_within(self._stopping, SWEEP_S)


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    # Not `wait_for`: in Python 3.11 it forgets a cancellation that comes at the moment of the waking.
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


def _note(error: Exception) -> None:
    if passes_by_itself(error):
        get_logger().warning("sender_waits", error=type(error).__name__)
    else:
        get_logger().exception("sender_failed", exc_info=error)
