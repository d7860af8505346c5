"""What no handler can count: how much waits, and for how long. Looked at every few seconds, for `/metrics`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from prometheus_client import Gauge

from contracts.topology import DURABLES
from services.kit.broker import Bus
from services.kit.delivery import passes_by_itself
from services.kit.patience import ended
from services.kit.postgres import Database
from services.kit.settling import describe
from services.kit.telemetry import get_logger

EVERY_S = 10.0

Look: TypeAlias = Callable[[], Awaitable[None]]
"""Sets gauges."""


class Watching:
    """A part of every service: it looks from the start until the stop, and one look that fails spoils no other."""

    name = "watching"

    def __init__(self, *looks: Look) -> None:
        self._looks = looks
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._look_again_and_again(), name="watching")

    async def stop(self) -> None:
        if self._task is not None:
            await ended(self._task)

    async def ready(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _look_again_and_again(self) -> None:
        while True:
            for look in self._looks:
                await _safely(look)
            await asyncio.sleep(EVERY_S)


async def _safely(look: Look) -> None:
    try:
        await look()
    except Exception as error:
        if passes_by_itself(error):
            get_logger().warning("watching_waits", error=describe(error))
        else:
            get_logger().exception("watching_failed")


def durables_of(bus: Bus) -> Look:
    """How far the service is behind in each of its durables."""
    pending = Gauge(
        "laurel_durable_pending",
        "Messages of the durable that nobody has taken yet",
        ["durable"],
        registry=bus.metrics.registry,
    )
    in_hand = Gauge(
        "laurel_durable_in_hand",
        "Messages of the durable that were taken and not acknowledged yet",
        ["durable"],
        registry=bus.metrics.registry,
    )
    durables = [durable for durable in DURABLES if durable.service == bus.service]

    async def look() -> None:
        for durable in durables:
            found = await bus.jetstream.consumer_info(durable.stream, durable.name, timeout=2)
            pending.labels(durable.name).set(found.num_pending or 0)
            in_hand.labels(durable.name).set(found.num_ack_pending or 0)

    return look


def outbox_of(database: Database, bus: Bus) -> Look:
    """For how long the oldest committed message has waited for the broker."""
    oldest = Gauge(
        "laurel_outbox_oldest_seconds",
        "Age of the oldest message that is committed and not published; 0: there is none",
        registry=bus.metrics.registry,
    )

    async def look() -> None:
        age = await database.pool.fetchval("SELECT extract(epoch FROM now() - min(created_at)) FROM outbox")
        oldest.set(age or 0)

    return look
