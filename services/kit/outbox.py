"""Messages that are committed together with what they tell, and published afterwards.

A row is queued in the transaction that changes the state; the relay publishes it, waits for the
stream's acknowledgement and deletes it. Rows are found by being there, never by a cursor: the order
of commits is not the order of sequence numbers.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import UTC, datetime

import asyncpg

from contracts.envelope import Envelope
from services.kit.broker import Bus
from services.kit.delivery import passes_by_itself
from services.kit.postgres import Connection, Database
from services.kit.telemetry import get_logger

POLL_S = 0.05
BATCH = 500
PAUSE_AFTER_FAILURE_S = 0.5


async def queue(connection: Connection, *envelopes: Envelope) -> None:
    """Queue messages in the caller's transaction."""
    if not envelopes:
        return
    await connection.execute(
        "INSERT INTO outbox (subject, headers, body)"
        " SELECT subject, headers::jsonb, body FROM unnest($1::text[], $2::text[], $3::bytea[])"
        " AS message (subject, headers, body)",
        [envelope.subject for envelope in envelopes],
        [json.dumps(envelope.headers) for envelope in envelopes],
        [envelope.body for envelope in envelopes],
    )


class Relay:
    """Publishes what is queued: at once when woken, else within the poll."""

    name = "outbox"

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._woken = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Something was committed: publish it now."""
        self._woken.set()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="outbox-relay")

    async def stop(self) -> None:
        """Publish what is queued already, then stop."""
        self._stopping = True
        self.wake()
        if self._task is not None:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._task, timeout=10)

    async def ready(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _run(self) -> None:
        while True:
            published = await self._publish_or_wait()
            if published == 0 and self._stopping:
                return
            if published < BATCH:
                await self._rest()

    async def _publish_or_wait(self) -> int:
        """How many were published: none while Postgres or the broker is away. Nothing ends the relay but its stop."""
        try:
            return await self._publish_some()
        except Exception as error:
            if passes_by_itself(error):
                get_logger().warning("outbox_waits", error=type(error).__name__)
            else:
                get_logger().exception("outbox_failed")
        if not self._stopping:
            await asyncio.sleep(PAUSE_AFTER_FAILURE_S)
        return 0

    async def _rest(self) -> None:
        # Not `wait_for`: in Python 3.11 it forgets a cancellation that comes at the moment of the waking.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                await self._woken.wait()
        self._woken.clear()

    async def _publish_some(self) -> int:
        """Publish the oldest rows side by side; what is not acknowledged stays for the next round."""
        async with self._database.transaction() as connection:
            rows = await connection.fetch(
                "SELECT seq, subject, headers, body, created_at FROM outbox"
                " ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED",
                BATCH,
            )
            outcomes = await asyncio.gather(*(self._publish(row) for row in rows), return_exceptions=True)
            done = [row["seq"] for row, outcome in zip(rows, outcomes, strict=True) if outcome is None]
            await connection.execute("DELETE FROM outbox WHERE seq = ANY($1)", done)
        failures = [outcome for outcome in outcomes if outcome is not None]
        self._bus.metrics.outbox_waiting.set(len(failures))
        if failures:
            raise failures[0]
        return len(done)

    async def _publish(self, row: asyncpg.Record) -> None:
        await self._bus.publish(Envelope(row["subject"], row["headers"], row["body"]))
        lag = datetime.now(UTC) - row["created_at"]
        self._bus.metrics.outbox_lag_seconds.observe(max(0.0, lag.total_seconds()))
