"""Finds what stands still, and sets it going again: Postgres is the truth, the broker is transport.

One tick a second, by the leader alone. Each step is about one way in which something can be lost;
what cannot be cured is said loudly, and stands on the list of what needs a person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from contracts.catalogue import LAYOUTS
from contracts.queries import Everything
from services.kit.broker import Bus, NobodyAnswered, QueryRefused
from services.kit.delivery import passes_by_itself
from services.kit.postgres import Connection, Database
from services.kit.settling import describe
from services.kit.telemetry import get_logger
from services.progression.hearing_again import hear_again_what_families_ask
from services.progression.probing import Probing
from services.progression.sending_again import send_unanswered_again
from services.progression.store import put_layout, sql
from services.progression.telling_again import tell_again_what_nobody_knows
from services.progression.topology import Topology

TICK_S = 1.0
ASKED_EVERY = 60
"""Ticks between two looks at what rendering has published, and at what the portal waits for."""


class Reconciler:
    def __init__(
        self,
        database: Database,
        bus: Bus,
        topology: Topology,
        *,
        portal_url: str,
        patience_s: float,
        wake: Callable[[], None],
    ) -> None:
        """`patience_s`: how long something may be on its way before it is looked for."""
        self._database = database
        self._bus = bus
        self._topology = topology
        self._probing = Probing(bus)
        self._portal_url = portal_url
        self._patience = timedelta(seconds=patience_s)
        self._wake = wake

    async def run(self) -> None:
        tick = 0
        while True:
            try:
                await self._tick(ask_around=tick % ASKED_EVERY == 0)
                tick += 1
            except Exception as error:
                if passes_by_itself(error):
                    get_logger().warning("reconciler_waits", error=describe(error))
                else:
                    get_logger().exception("reconciler_failed")
            await asyncio.sleep(TICK_S)

    async def _tick(self, *, ask_around: bool) -> None:
        for stream in await self._probing.dead_streams():
            await self._topology.make_anew(stream)
        async with self._database.transaction() as connection:
            reborn = await self._topology.keep(connection)
            if reborn:
                await self._start_over(connection, reborn)
        async with self._database.transaction() as connection:
            again = await send_unanswered_again(connection, self._bus, self._patience)
        async with self._database.transaction() as connection:
            again += await tell_again_what_nobody_knows(connection, self._bus, self._portal_url, self._patience)
        if reborn or ask_around:
            await self._look_at_layouts()
            again += await hear_again_what_families_ask(self._database, self._bus, self._portal_url)
        if reborn or again:
            self._wake()

    async def _start_over(self, connection: Connection, reborn: list[str]) -> None:
        """What was in the streams is gone: all that is unfinished is sent, or told, once more."""
        get_logger().error("streams_were_lost", streams=reborn)
        await sql.send_all_again(connection)
        await sql.tell_all_again(connection)

    async def _look_at_layouts(self) -> None:
        """An announcement may have been lost: rendering is asked what there is."""
        async with self._database.transaction() as connection:
            for row in [row async for row in sql.school_ids(connection)]:
                try:
                    published = await self._bus.ask(LAYOUTS, row["school_id"], Everything())
                except (NobodyAnswered, QueryRefused):
                    return
                for layout in published.layouts:
                    await put_layout(connection, row["school_id"], layout)
