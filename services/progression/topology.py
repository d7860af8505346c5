"""progression is the one service that keeps the broker's streams and durables there, and each school's readers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

import asyncpg
import nats.errors
from nats.js.errors import APIError, ServiceUnavailableError

from contracts.topology import EVENTS, readers_of
from services.kit.broker import Bus
from services.kit.postgres import Connection, Database
from services.kit.provision import make_anew, provide, provision
from services.kit.telemetry import get_logger
from services.progression.store import sql

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

START_PATIENCE_S = 60.0
PAUSE_S = 0.5


class Topology:
    """A part of the service: it is there when the service starts, and `keep` keeps it there."""

    name = "topology"

    def __init__(self, bus: Bus, database: Database, replicas: int, readers: Sequence[str]) -> None:
        """`readers`: what those are called through which each school reads its events."""
        self._bus = bus
        self._database = database
        self._replicas = replicas
        self._readers = readers
        self._schools_that_read: set[str] = set()
        self._read_since: datetime | None = None
        """When the stream of events was born that they read."""

    async def start(self) -> None:
        """A cluster needs a moment to agree on who leads it."""
        give_up_at = asyncio.get_running_loop().time() + START_PATIENCE_S
        while True:
            try:
                await self._provision(self._database.pool)
                return
            except (TimeoutError, nats.errors.Error) as error:
                if not _may_pass(error) or asyncio.get_running_loop().time() > give_up_at:
                    raise
                get_logger().warning("topology_not_there_yet", error=str(error) or type(error).__name__)
                await asyncio.sleep(PAUSE_S)

    async def stop(self) -> None:
        return None

    async def ready(self) -> bool:
        return True

    async def keep(self, connection: Connection) -> list[str]:
        """Make what is missing; the streams that were born since they were last looked at, and so lost all."""
        before = {row["name"]: row["born_at"] async for row in sql.births(connection)}
        births = await self._provision(connection)
        for name, born_at in births.items():
            if before.get(name) != born_at:
                await sql.put_birth(connection, name=name, born_at=born_at)
        return [name for name, born_at in births.items() if name in before and before[name] != born_at]

    async def make_anew(self, stream: str) -> None:
        """Its store is dead. What was in it is sent again from Postgres, as after any other loss."""
        get_logger().error("stream_made_anew", stream=stream)
        await make_anew(self._bus.jetstream, stream, replicas=self._replicas)
        self._bus.forget_silence(stream)

    async def _provision(self, connection: Connection | Pool) -> Mapping[str, datetime]:
        births = await provision(self._bus.jetstream, replicas=self._replicas)
        if births[EVENTS.name] != self._read_since:
            self._schools_that_read.clear()
            self._read_since = births[EVENTS.name]
        async for row in sql.school_ids(connection):
            await self._let_read(row["school_id"])
        return births

    async def _let_read(self, school_id: str) -> None:
        """Once for each school: there may be hundreds, and it is asked every second."""
        if school_id not in self._schools_that_read:
            await provide(self._bus.jetstream, readers_of(school_id, self._readers))
            self._schools_that_read.add(school_id)


def _may_pass(error: Exception) -> bool:
    """Not what the broker says of a request that is wrong."""
    return isinstance(error, ServiceUnavailableError) or not isinstance(error, APIError)
