"""The way to rendering: versions that are being issued are the queue, and the register is where it stands.

Rendering is given no more than its free hands can take. So what waits is in Postgres, where nothing
loses it; a school with ten thousand certificates does not stand before one with five; and whoever
waits for a single certificate waits for a single print.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from contracts.certificates import Issue
from contracts.envelope import Envelope, id_from, wrap
from contracts.topology import RENDERING_ISSUE
from services.kit.broker import Bus
from services.kit.delivery import passes_by_itself
from services.kit.postgres import Connection, Database
from services.kit.settling import describe
from services.kit.telemetry import get_logger
from services.progression.store import sql
from services.progression.work import SOURCE

Row = Mapping[str, Any]

URGENT_AT_ONCE = 100
RUNS_AT_ONCE = 10
"""The broker takes one after the other: an urgent one waits behind no more than these."""
POLL_S = 0.25
POLL_WHILE_WAITING_S = 0.02
PAUSE_AFTER_FAILURE_S = 0.5
RESERVE = 0.1
"""The share of rendering's hands that runs leave free, so that a single certificate is taken up at once."""


class Feeder:
    """Sends what waits, at once when woken. `run` goes on until it is cancelled."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._urgent_may_wait = asyncio.Event()
        self._runs_may_wait = asyncio.Event()

    def wake(self) -> None:
        """Something was committed: it may be waiting."""
        self._urgent_may_wait.set()
        self._runs_may_wait.set()

    async def run(self) -> None:
        """Two lanes: who waits for a single certificate does not wait until a run's are published."""
        async with asyncio.TaskGroup() as lanes:
            lanes.create_task(_again_and_again(self._feed_urgent, self._urgent_may_wait))
            lanes.create_task(_again_and_again(self._feed_runs, self._runs_may_wait))

    async def _feed_urgent(self) -> float:
        """Seconds until it is looked for more."""
        async with self._database.transaction() as connection:
            urgent = [row async for row in sql.urgent_to_send(connection, room=URGENT_AT_ONCE)]
            await self._send(connection, urgent)
        return 0.0 if len(urgent) == URGENT_AT_ONCE else POLL_S

    async def _feed_runs(self) -> float:
        """Seconds until it is looked for more: none as long as both room and certificates are left."""
        async with self._database.transaction() as connection:
            schools = [row["school_id"] async for row in sql.schools_that_wait(connection)]
            if not schools:
                return POLL_S
            room = await self._room()
            rows = await _shared(connection, schools, min(room, RUNS_AT_ONCE)) if room else []
            await self._send(connection, rows)
        return 0.0 if len(rows) == RUNS_AT_ONCE < room else POLL_WHILE_WAITING_S

    async def _room(self) -> int:
        """How many hands are free, beyond those that are kept free."""
        info = await self._bus.jetstream.consumer_info(RENDERING_ISSUE.stream, RENDERING_ISSUE.name)
        free, busy = info.num_waiting or 0, info.num_ack_pending or 0
        return max(0, free - (info.num_pending or 0) - int(RESERVE * (free + busy)))

    async def _send(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Published and acknowledged, all of them: otherwise the transaction is undone and they are sent again."""
        if not rows:
            return
        seqs = await asyncio.gather(*(self._bus.publish(_command(row)) for row in rows))
        await sql.mark_sent(
            connection,
            school_ids=[row["school_id"] for row in rows],
            certificate_ids=[row["certificate_id"] for row in rows],
            versions=[row["version"] for row in rows],
            seqs=seqs,
            now=datetime.now(UTC),
        )


async def _again_and_again(feed: Callable[[], Awaitable[float]], woken: asyncio.Event) -> None:
    while True:
        try:
            pause_s = await feed()
        except Exception as error:
            if passes_by_itself(error):
                get_logger().warning("feeder_waits", error=describe(error))
            else:
                get_logger().exception("feeder_failed")
            await asyncio.sleep(PAUSE_AFTER_FAILURE_S)
            continue
        # Not `wait_for`: in Python 3.11 it forgets a cancellation that comes at the moment of the waking.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await woken.wait()
        woken.clear()


async def _shared(connection: Connection, schools: list[str], room: int) -> list[Row]:
    """As much as there is room for, every school its share; where there are more schools than room, at random."""
    chosen = random.sample(schools, min(room, len(schools)))
    share = math.ceil(room / len(chosen))
    return [row async for row in sql.to_send(connection, school_ids=chosen, share=share, room=room)]


def _command(row: Row) -> Envelope:
    """`issue`: the same message for the same sending, another for another."""
    body = Issue(
        certificate_id=row["certificate_id"],
        version=row["version"],
        layout_id=row["layout_id"],
        layout_version=row["layout_version"],
        fields=row["fields"],
        urgent=row["urgent"] or None,
    )
    sending = (row["certificate_id"], row["version"], row["requested_at"], row["sends"])
    identity = id_from("Issue", row["school_id"], *sending)
    return wrap(body, row["school_id"], source=SOURCE, message_id=identity, traceparent=row["trace"])
