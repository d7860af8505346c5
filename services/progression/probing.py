"""Is what a stream acknowledges really kept?

A broker whose disk was taken away answers every question as if nothing were wrong, and takes
messages until its open file is full; then publishing times out for ever. Only publishing tells.
"""

from __future__ import annotations

import time

import nats.errors

from contracts.topology import COMMANDS, DEAD_LETTERS, EVENTS, INTERNAL
from services.kit.broker import Bus
from services.kit.telemetry import get_logger

EVERY_S = 5.0
TIMEOUT_S = 5.0
DEAD_AFTER_S = 45.0
"""A slow disk, an election or a broker that is being restarted is over by then."""

PROBES = {
    COMMANDS.name: "certificates.cmd.probe.v1._",
    INTERNAL.name: "notification.evt.probe.v1._",
    DEAD_LETTERS.name: "dead.progression.probe",
}
"""Subjects that are kept and that nobody consumes. `EVENTS` is read by others: it is told from its outbox."""


class Probing:
    """Publishes a message to each stream now and then, and takes it out again."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._silent_since: dict[str, float] = {}
        self._next = 0.0

    async def dead_streams(self) -> list[str]:
        """Those that have kept nothing for long, while the broker was there and answered otherwise."""
        now = time.monotonic()
        if now < self._next or not self._bus.client.is_connected:
            return []
        self._next = now + EVERY_S
        for stream, subject in PROBES.items():
            await self._probe(stream, subject)
        dead = [stream for stream, since in self._silent_since.items() if now - since > DEAD_AFTER_S]
        if dead:
            self._silent_since.clear()
            # They share a disk: the one that cannot be probed is not better off.
            return [*PROBES, EVENTS.name]
        return []

    async def _probe(self, stream: str, subject: str) -> None:
        jetstream = self._bus.jetstream
        try:
            kept = await jetstream.publish(subject, b"", stream=stream, timeout=TIMEOUT_S)
            await jetstream.delete_msg(stream, kept.seq)
        except nats.errors.TimeoutError:
            self._silent_since.setdefault(stream, time.monotonic())
            get_logger().warning("stream_keeps_nothing", stream=stream)
        else:
            self._silent_since.pop(stream, None)
