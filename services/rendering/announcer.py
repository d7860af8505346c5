"""Tells progression, at every start, which layouts there are."""

from __future__ import annotations

import asyncio

import nats.errors

from contracts.envelope import Envelope, id_from, wrap
from services.kit.broker import Bus
from services.kit.telemetry import get_logger
from services.rendering.library import FrozenLayout, Library

SOURCE = "/laurel/rendering"
PAUSE_S = 0.5


def announcement(frozen: FrozenLayout) -> Envelope:
    """`layout_published`: the same message for the same version, however often it is said."""
    key = frozen.key
    identity = id_from("layout_published", key.school_id, key.layout_id, key.version)
    return wrap(frozen.layout, key.school_id, source=SOURCE, message_id=identity)


class Announcer:
    """Publishes the newest version of every layout, as soon as the broker's streams are there."""

    name = "announcer"

    def __init__(self, library: Library, bus: Bus) -> None:
        self._library = library
        self._bus = bus
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._announce(), name="announce-layouts")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def ready(self) -> bool:
        """Announced: progression can know every layout."""
        return self._task is not None and self._task.done() and self._task.exception() is None

    async def _announce(self) -> None:
        for frozen in await self._library.newest():
            await self._until_published(announcement(frozen))

    async def _until_published(self, envelope: Envelope) -> None:
        while True:
            try:
                await self._bus.publish(envelope)
                return
            except (OSError, TimeoutError, nats.errors.Error) as error:
                # Progression provisions the streams, and may be starting too.
                get_logger().info("layouts_not_announced_yet", error=type(error).__name__)
                await asyncio.sleep(PAUSE_S)
