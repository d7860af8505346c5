"""Is what a stream acknowledges really kept?

A broker whose disk was taken away answers every question as if nothing were wrong, and takes messages
until its open file is full; from then on publishing times out for ever. Two things tell: it cannot
write a stream's configuration down again, even if nothing in it has changed, and what is published
times out although the stream answers.

Started on what is left of its disk, it may know a stream and how far each durable had come, and have
none of the messages: what comes then has numbers that the durables take for handled. A durable that
is further than its stream tells.
"""

from __future__ import annotations

import time

from nats.js.errors import APIError, NotFoundError

from contracts.topology import DURABLES, STREAMS
from services.kit.broker import Bus
from services.kit.telemetry import get_logger

EVERY_S = 2.0
PATIENCE_S = 90.0
"""A slow or full disk is mended by then: the broker's supervisor restarts it, and it loses nothing."""

AHEAD_PATIENCE_S = 5.0
"""In a cluster a node that has just begun to lead may not know the newest messages yet."""

ITS_FILES_ARE_GONE = "no such file or directory"


class Probing:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._next = 0.0
        self._ahead_since: dict[str, float] = {}

    async def dead_streams(self) -> list[str]:
        """Those whose store is gone."""
        now = time.monotonic()
        if now < self._next:
            return []
        self._next = now + EVERY_S
        return [stream.name for stream in STREAMS if await self._is_dead(stream.name)]

    async def _is_dead(self, stream: str) -> bool:
        """A broker that does not answer at all is away, and not dead: that is for the caller to see."""
        jetstream = self._bus.jetstream
        try:
            info = await jetstream.stream_info(stream)
            await jetstream.update_stream(info.config)
            is_behind = await self._is_behind_its_durables(stream)
        except NotFoundError:
            return False  # it, or its durable, is made anew in any case
        except APIError as error:
            if ITS_FILES_ARE_GONE in (error.description or ""):
                get_logger().error("stream_has_no_files", stream=stream)
                return True
            raise
        if is_behind:
            get_logger().error("stream_lost_its_messages", stream=stream)
            return True
        silent_s = self._bus.silent_s(stream)
        if silent_s:
            get_logger().warning("stream_keeps_nothing", stream=stream, for_s=round(silent_s))
        return silent_s > PATIENCE_S

    async def _is_behind_its_durables(self, stream: str) -> bool:
        """For longer than a moment."""
        jetstream = self._bus.jetstream
        durables = [
            await jetstream.consumer_info(stream, durable.name) for durable in DURABLES if durable.stream == stream
        ]
        # Asked after them, so that it cannot be behind because it was asked first.
        newest = (await jetstream.stream_info(stream)).state.last_seq
        if all(durable.delivered is None or durable.delivered.stream_seq <= newest for durable in durables):
            self._ahead_since.pop(stream, None)
            return False
        since = self._ahead_since.setdefault(stream, time.monotonic())
        if time.monotonic() - since < AHEAD_PATIENCE_S:
            return False
        del self._ahead_since[stream]
        return True
