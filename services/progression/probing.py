"""Is what a stream acknowledges really kept?

A broker whose disk was taken away answers every question as if nothing were wrong, and takes messages
until its open file is full; from then on publishing times out for ever. Two things tell: it cannot
write a stream's configuration down again, even if nothing in it has changed, and what is published
times out although the stream answers.
"""

from __future__ import annotations

import time

from nats.js.errors import APIError, NotFoundError

from contracts.topology import STREAMS
from services.kit.broker import Bus
from services.kit.telemetry import get_logger

EVERY_S = 2.0
PATIENCE_S = 90.0
"""A slow or full disk is mended by then: the broker's supervisor restarts it, and it loses nothing."""

ITS_FILES_ARE_GONE = "no such file or directory"


class Probing:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._next = 0.0

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
        except NotFoundError:
            return False  # it is made anew in any case
        except APIError as error:
            if ITS_FILES_ARE_GONE in (error.description or ""):
                get_logger().error("stream_has_no_files", stream=stream)
                return True
            raise
        silent_s = self._bus.silent_s(stream)
        if silent_s:
            get_logger().warning("stream_keeps_nothing", stream=stream, for_s=round(silent_s))
        return silent_s > PATIENCE_S
