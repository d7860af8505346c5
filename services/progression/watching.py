"""How the school's certificates stand, for whoever looks after Laurel."""

from __future__ import annotations

from datetime import UTC, datetime

from prometheus_client import Gauge

from contracts.topology import STREAMS
from services.kit.broker import Bus
from services.kit.postgres import Database
from services.kit.watching import Look
from services.progression.store import sql


def certificates_of(database: Database, bus: Bus) -> Look:
    """How many are not issued yet, how many cannot be, and for how long the oldest has been on its way."""
    unfinished = Gauge(
        "laurel_certificates_unfinished",
        "Certificates that were commanded and are not issued, by state (issuing, failed)",
        ["state"],
        registry=bus.metrics.registry,
    )
    oldest = Gauge(
        "laurel_oldest_issuing_seconds",
        "Age of the oldest certificate that was commanded and is neither issued nor failed; 0: there is none",
        registry=bus.metrics.registry,
    )

    async def look() -> None:
        figures = await sql.register_figures(database.pool)
        unfinished.labels("issuing").set(figures["issuing"])
        unfinished.labels("failed").set(figures["failed"])
        since = figures["issuing_since"]
        oldest.set((datetime.now(UTC) - since).total_seconds() if since else 0)

    return look


def streams_of(bus: Bus) -> Look:
    """How much the broker keeps; of dead letters each is one that waits for a person."""
    messages = Gauge(
        "laurel_stream_messages", "Messages that the stream keeps", ["stream"], registry=bus.metrics.registry
    )
    size = Gauge("laurel_stream_bytes", "What the stream takes on disk", ["stream"], registry=bus.metrics.registry)

    async def look() -> None:
        for stream in STREAMS:
            state = (await bus.jetstream.stream_info(stream.name)).state
            messages.labels(stream.name).set(state.messages)
            size.labels(stream.name).set(state.bytes)

    return look
