"""Sends what is due: many endpoints side by side, and to none more than a few at once."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally

from prometheus_client import Counter, Gauge

from services.kit.delivery import passes_by_itself
from services.kit.telemetry import Metrics, get_logger
from services.webhooks.courier import Courier
from services.webhooks.store import Due, Store

POLL_S = 0.5
TIDY_S = 60.0
STOP_PATIENCE_S = 20.0


class Sender:
    name = "sender"

    def __init__(self, store: Store, courier: Courier, metrics: Metrics, *, at_once: int, per_endpoint: int) -> None:
        self._store = store
        self._courier = courier
        self._at_once = at_once
        self._per_endpoint = per_endpoint
        self._in_hand: dict[asyncio.Task[None], str] = {}
        self._stirred, self._stopping = asyncio.Event(), asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []
        self._tries = Counter(
            "laurel_webhook_tries",
            "Tries to deliver by what became of the delivery (delivered, pending, failed)",
            ["state"],
            registry=metrics.registry,
        )
        # From the start on, so that the first of a kind is an increase.
        for state in ("delivered", "pending", "failed"):
            self._tries.labels(state)
        self._waiting = Gauge("laurel_webhook_waiting", "Deliveries that wait for a try", registry=metrics.registry)

    def wake(self) -> None:
        """Something may be due."""
        self._stirred.set()

    async def start(self) -> None:
        self._loops = [asyncio.create_task(self._send_what_is_due()), asyncio.create_task(self._tidy())]

    async def stop(self) -> None:
        """Finish what is on its way. What takes too long is left behind, and due again when its lease is over."""
        self._stopping.set()
        self.wake()
        _, late = await asyncio.wait([*self._loops, *self._in_hand], timeout=STOP_PATIENCE_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def ready(self) -> bool:
        return bool(self._loops) and not any(loop.done() for loop in self._loops)

    async def _send_what_is_due(self) -> None:
        while not self._stopping.is_set():
            if not await self._take_up_some():
                await _within(self._stirred, POLL_S)
                self._stirred.clear()

    async def _take_up_some(self) -> bool:
        """Whether there may be more to take up."""
        room = self._at_once - len(self._in_hand)
        if room <= 0:
            return False
        busy = Tally(self._in_hand.values())
        full = [endpoint_id for endpoint_id, count in busy.items() if count >= self._per_endpoint]
        try:
            taken = await self._store.claim(full, room)
        except Exception as error:
            _note(error)
            return False
        for due in taken:
            task = asyncio.create_task(self._send(due))
            self._in_hand[task] = due.endpoint_id
            task.add_done_callback(self._is_done)
        return bool(taken)

    async def _send(self, due: Due) -> None:
        """Whatever goes wrong here is no reason to stop: the lease ends, and it is taken up again."""
        try:
            outcome = await self._courier.deliver(due)
            state = await self._store.settle(due, outcome)
        except Exception as error:
            _note(error)
            return
        self._tries.labels(state).inc()
        if state != "delivered":
            told = {"status": outcome.status, "attempts": due.attempts, "state": state}
            get_logger().warning("webhook_not_delivered", endpoint_id=due.endpoint_id, event_id=due.event.id, **told)

    def _is_done(self, task: asyncio.Task[None]) -> None:
        self._in_hand.pop(task, None)
        self._stirred.set()

    async def _tidy(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._store.forget_old_events()
                self._waiting.set(await self._store.waiting())
            except Exception as error:
                _note(error)
            await _within(self._stopping, TIDY_S)


async def _within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


def _note(error: Exception) -> None:
    if passes_by_itself(error):
        get_logger().warning("sender_waits", error=type(error).__name__)
    else:
        get_logger().error("sender_failed", error=type(error).__name__)
