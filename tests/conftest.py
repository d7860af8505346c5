"""Real servers for the tests: one Postgres a session, one NATS a test (it starts in 30 ms)."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import asyncpg
import pytest

from contracts.catalogue import SCHOOL
from contracts.permissions import PROVISIONER, SERVICES
from deploy.embedded.nats import NatsServer
from deploy.embedded.postgres import SCHEMAS, PostgresServer, bootstrap, create_database, quoted
from deploy.embedded.process import free_port
from services.kit.broker import Bus
from services.kit.postgres import Database
from services.kit.provision import provision
from services.kit.telemetry import Metrics
from tests.school import SCHOOL_ID, SchoolSystem

if TYPE_CHECKING:
    from tests.containers.stack import ContainerStack

PASSWORDS = {user: secrets.token_hex(8) for user in (*SERVICES, SCHOOL)}
EMPTY, MIGRATED = "laurel", "migrated"
_database_names = (f"test_{n}" for n in itertools.count())


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    server = PostgresServer(tmp_path_factory.mktemp("postgres"), free_port(), secrets.token_hex(8), durable=False)
    server.start()
    asyncio.run(create_database(server))
    asyncio.run(bootstrap(server.url(), {role: PASSWORDS[role] for role in SCHEMAS}))
    asyncio.run(_create_migrated(server))
    yield server
    server.stop()


async def _create_migrated(server: PostgresServer) -> None:
    """Migrated once: copying its tables is much quicker than creating them anew in each test."""
    await _copy(server, EMPTY, MIGRATED)
    for schema in SCHEMAS:
        database = Database(server.url(schema, PASSWORDS[schema], MIGRATED), schema, pool_size=1)
        await database.start()
        await database.stop()


async def _copy(server: PostgresServer, template: str, name: str) -> None:
    admin = await asyncpg.connect(server.url(database="postgres"))
    try:
        await admin.execute(f"CREATE DATABASE {quoted(name)} TEMPLATE {quoted(template)}")
        for role in SCHEMAS:
            await admin.execute(f"GRANT CONNECT ON DATABASE {quoted(name)} TO {quoted(role)}")
    finally:
        await admin.close()


async def _drop(server: PostgresServer, name: str) -> None:
    admin = await asyncpg.connect(server.url(database="postgres"))
    try:
        await admin.execute(f"DROP DATABASE {quoted(name)} WITH (FORCE)")
    finally:
        await admin.close()


class TestDatabase:
    """A database of the test's own, with the roles, schemas and tables and nothing in them."""

    __test__ = False

    def __init__(self, server: PostgresServer, name: str) -> None:
        self._server = server
        self.name = name

    def url(self, role: str) -> str:
        return self._server.url(role, PASSWORDS[role], self.name)

    @property
    def superuser_url(self) -> str:
        return self._server.url(database=self.name)


@asynccontextmanager
async def fresh_database(postgres: PostgresServer, template: str = MIGRATED) -> AsyncIterator[TestDatabase]:
    name = next(_database_names)
    await _copy(postgres, template, name)
    try:
        yield TestDatabase(postgres, name)
    finally:
        await _drop(postgres, name)


@pytest.fixture
async def database(postgres: PostgresServer) -> AsyncIterator[TestDatabase]:
    async with fresh_database(postgres) as database:
        yield database


@pytest.fixture
async def empty_database(postgres: PostgresServer) -> AsyncIterator[TestDatabase]:
    """With the roles and schemas, and no tables yet."""
    async with fresh_database(postgres, EMPTY) as database:
        yield database


Broker = TypeVar("Broker", bound=NatsServer)


@asynccontextmanager
async def provisioned(broker: Broker) -> AsyncIterator[Broker]:
    """Running, with all streams, durables and permissions."""
    broker.start()
    try:
        bus = Bus(PROVISIONER, broker.url(PROVISIONER), Metrics())
        await bus.start()
        await provision(bus.jetstream)
        await bus.stop()
        yield broker
    finally:
        broker.stop()


@pytest.fixture
async def nats_server(tmp_path: Path) -> AsyncIterator[NatsServer]:
    """A broker of the test's own."""
    async with provisioned(NatsServer(tmp_path / "nats", free_port(), PASSWORDS, SCHOOL_ID)) as server:
        yield server


@pytest.fixture
async def school(nats_server: NatsServer) -> AsyncIterator[SchoolSystem]:
    """The school's own system: a bare NATS client with the school's credential."""
    system = await SchoolSystem.connect(nats_server.url(SCHOOL))
    yield system
    await system.close()


@pytest.fixture(scope="session")
def containers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContainerStack]:
    """The whole of Laurel in containers: built, started and looked at once for all tests."""
    # Docker's clients are loaded where they are wanted only.
    from tests.containers.engine import running_engine
    from tests.containers.stack import running_containers

    with running_engine(), running_containers(tmp_path_factory.mktemp("containers") / "home") as stack:
        yield stack
