"""progression as a process of its own, with a durable Postgres and a broker; nothing else of the stack runs beside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TypeAlias

import asyncpg
import httpx
import nats
from nats.aio.client import Client

from contracts.catalogue import SCHOOL
from contracts.permissions import PROVISIONER, SERVICES, inbox_of
from contracts.topology import COMMANDS
from deploy.embedded.nats import NatsServer
from deploy.embedded.postgres import SCHEMAS, PostgresServer, bootstrap, quoted
from deploy.embedded.process import free_port
from deploy.school_system import SchoolSystem
from deploy.supervision import PythonChild
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from tests.bench.awards import SCHOOL_ID
from tests.waiting import eventually

PASSWORD = "bench"
"""Of every role of these servers, which live as long as a measurement and listen on loopback only."""
PORTAL = "https://portal.example"
QUIET_WITHIN_S = 900.0

Rows: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class System:
    broker: NatsServer
    bus: Bus
    """With progression's rights: to look at streams and to hold a durable."""
    school: SchoolSystem
    """It hears no events: what it would do with them is not measured."""
    client: Client
    """The school's, to listen with."""
    rows: Rows
    """A superuser's connection, in progression's schema."""
    pids: tuple[int, ...]
    """progression, Postgres, NATS: whose CPU is Laurel's."""

    async def until_decided(self) -> None:
        """Every command acknowledged: what came of it is committed, and in the outbox."""
        await eventually(self._is_decided, within=QUIET_WITHIN_S, what="every command handled")

    async def until_quiet(self) -> None:
        """And every message that came of it published."""
        await self.until_decided()
        await eventually(self._is_told, within=QUIET_WITHIN_S, what="the outbox empty")

    async def _is_decided(self) -> bool:
        return not (await self.bus.jetstream.stream_info(COMMANDS.name)).state.messages

    async def _is_told(self) -> bool:
        return not await self.rows.fetchval("SELECT count(*) FROM outbox")


@contextmanager
def durable_postgres(folder: Path, *switched_on: str) -> Iterator[PostgresServer]:
    """Started on what the folder holds, and stopped; what it holds stays. `switched_on`: settings."""
    server = PostgresServer(folder, free_port(), PASSWORD)
    try:
        server.start()
        if switched_on:
            server.stop()
            with (server.data / "postgresql.conf").open("a") as settings:
                settings.writelines(f"{name} = on\n" for name in switched_on)
            server.start()
        yield server
    finally:
        server.stop()


@asynccontextmanager
async def running_system(folder: Path, postgres: PostgresServer, database: str) -> AsyncIterator[System]:
    """progression on a database of that name, which is made where it is missing, and on a new broker."""
    async with AsyncExitStack() as running:
        await make_database(postgres, database)
        broker = running.enter_context(broker_in(folder / "nats"))
        child = _progression(folder, broker, postgres, database)
        running.callback(child.stop)
        child.start()
        async with httpx.AsyncClient(timeout=5) as http:
            await child.until_ready(http)
        bus = Bus(PROVISIONER, broker.url(PROVISIONER), Metrics())
        await bus.start()
        running.push_async_callback(bus.stop)
        client = await nats.connect(broker.url(SCHOOL), inbox_prefix=inbox_of(SCHOOL, SCHOOL_ID).encode())
        running.push_async_callback(client.close)
        rows = await running.enter_async_context(progression_rows(postgres.url(database=database)))
        pids = tuple(process.pid for process in (child.process, postgres.process, broker.process) if process)
        yield System(broker, bus, SchoolSystem(client, SCHOOL_ID), client, rows, pids)


@asynccontextmanager
async def progression_rows(admin_url: str) -> AsyncIterator[Rows]:
    """progression's tables, for what a measurement puts there beforehand and looks at afterwards."""
    connection = await asyncpg.connect(admin_url, server_settings={"search_path": "progression", "timezone": "UTC"})
    try:
        yield connection
    finally:
        await connection.close()


async def make_database(server: PostgresServer, name: str) -> None:
    admin = await asyncpg.connect(server.url(database="postgres"))
    try:
        if not await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            await admin.execute(f"CREATE DATABASE {quoted(name)}")
    finally:
        await admin.close()
    await bootstrap(server.url(database=name), dict.fromkeys(SCHEMAS, PASSWORD))


@contextmanager
def broker_in(folder: Path) -> Iterator[NatsServer]:
    passwords = {user: token_hex(8) for user in (*SERVICES, SCHOOL)}
    broker = NatsServer(folder, free_port(), passwords, SCHOOL_ID)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()


def _progression(folder: Path, broker: NatsServer, postgres: PostgresServer, database: str) -> PythonChild:
    variables = {
        "LAUREL_NATS_URL": broker.url("progression"),
        "LAUREL_POSTGRES_URL": postgres.url("progression", PASSWORD, database),
        "LAUREL_PORTAL_URL": PORTAL,
        "LAUREL_LOG_FORMAT": "json",
    }
    return PythonChild("progression", "services.progression", folder / "progression.log", variables, free_port())
