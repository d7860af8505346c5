"""The pool, the migrations and the named SQL of one service's schema."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeAlias

import aiosql
import asyncpg
from aiosql.adapters.asyncpg import AsyncPGAdapter
from asyncpg.pool import PoolConnectionProxy

from services.kit.connection import why
from services.kit.telemetry import get_logger

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

CONNECT_PATIENCE_S = 60.0
MIGRATION_LOCK = 7_265_001
MIGRATION_PATIENCE_S = 3600.0
"""One that goes through a whole register takes longer than any statement of a service may."""


def load_queries(package: str) -> Any:
    """The named statements of a package's `queries.sql`, each a method that takes a connection and its parameters."""
    statements = files(package).joinpath("queries.sql").read_text()
    return aiosql.from_str(statements, _Adapter, mandatory_parameters=False)


class _Adapter(AsyncPGAdapter):
    """A pool answers like a connection, so it need not be looked at which of the two it is.

    aiosql's own takes a connection out of the pool by hand, and keeps it until the last row is read.
    """

    def _in_order(self, query_name: str, parameters: Mapping[str, Any]) -> list[Any]:
        return [parameters[name] for name in self.var_sorted[query_name]]

    async def select(self, conn: Any, query_name: str, sql: str, parameters: Any, record_class: Any = None) -> Any:
        for row in await conn.fetch(sql, *self._in_order(query_name, parameters)):
            yield row

    async def select_one(self, conn: Any, query_name: str, sql: str, parameters: Any, record_class: Any = None) -> Any:
        return await conn.fetchrow(sql, *self._in_order(query_name, parameters))

    async def select_value(self, conn: Any, query_name: str, sql: str, parameters: Any) -> Any:
        return await conn.fetchval(sql, *self._in_order(query_name, parameters))

    async def insert_update_delete(self, conn: Any, query_name: str, sql: str, parameters: Any) -> Any:
        return await conn.execute(sql, *self._in_order(query_name, parameters))


class Database:
    """A connection pool on the service's own schema, migrated when it starts.

    Migrations are `NNNN_what_it_does.sql` files, run in order and once each: the kit's, then the service's.
    """

    name = "postgres"

    def __init__(self, url: str, schema: str, *, pool_size: int = 10, stateless: bool = False) -> None:
        """`schema` is the service's name too: its migrations lie in `services/<name>/migrations`.

        `stateless`: no statement of the service leaves anything on its connection that outlives its transaction (a
        setting, a LISTEN, a lock of the session's), so there is nothing to clear away when it goes back to the pool.
        Clearing is a round trip to Postgres after each statement, as long as a small statement itself.
        """
        self._url = url
        self._schema = schema
        self._pool_size = pool_size
        self._reset = _nothing_to_clear if stateless else None
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    @property
    def pool(self) -> asyncpg.Pool[asyncpg.Record]:
        if self._pool is None:
            raise RuntimeError("the database is not started")
        return self._pool

    async def start(self) -> None:
        self._pool = await self._connect()
        await self._migrate()

    async def stop(self) -> None:
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    async def ready(self) -> bool:
        return bool(await self.pool.fetchval("SELECT true", timeout=2))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in a transaction of its own."""
        async with self.pool.acquire() as connection, connection.transaction():
            yield connection

    async def _connect(self) -> asyncpg.Pool[asyncpg.Record]:
        """A pool, as soon as Postgres answers: it may be starting too."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + CONNECT_PATIENCE_S
        while True:
            try:
                return await asyncpg.create_pool(
                    self._url,
                    min_size=1,
                    max_size=self._pool_size,
                    command_timeout=30,
                    init=_speak_json,
                    reset=self._reset,
                    server_settings={"search_path": self._schema, "timezone": "UTC"},
                )
            except (OSError, asyncpg.CannotConnectNowError, asyncpg.InvalidPasswordError) as error:
                if loop.time() > give_up_at:
                    raise
                get_logger().warning("postgres_not_there_yet", error=why(error))
                await asyncio.sleep(0.5)

    async def _migrate(self) -> None:
        async with self.transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock($1)", MIGRATION_LOCK, timeout=MIGRATION_PATIENCE_S)
            await connection.execute(
                "CREATE TABLE IF NOT EXISTS schema_migration"
                " (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
            )
            applied = {row["name"] for row in await connection.fetch("SELECT name FROM schema_migration")}
            for package in ("services.kit.migrations", f"services.{self._schema}.migrations"):
                for migration in _in_order(files(package)):
                    name = f"{package.split('.')[1]}/{migration.name}"
                    if name not in applied:
                        await connection.execute(migration.read_text(), timeout=MIGRATION_PATIENCE_S)
                        await connection.execute("INSERT INTO schema_migration (name) VALUES ($1)", name)
                        get_logger().info("migrated", migration=name)


def _in_order(folder: Traversable) -> list[Traversable]:
    return sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)


async def _nothing_to_clear(_: Connection) -> None:
    """A transaction that was left open is rolled back all the same: asyncpg does so before it asks."""


async def _speak_json(connection: Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
