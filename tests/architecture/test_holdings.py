"""Whatever tells of a child or a family is in the list by which it is erased and exported."""

from __future__ import annotations

import importlib

import asyncpg
import pytest

from tests.conftest import TestDatabase

LISTED = ("progression", "portal", "notification", "webhooks")
COLUMNS = ["student_id", "certificate_id", "family_id", "guardian_id"]


async def columns_of(database: TestDatabase, schema: str) -> set[tuple[str, str]]:
    """The tables that have one of the columns, each with it."""
    connection = await asyncpg.connect(database.url(schema))
    try:
        found = await connection.fetch(
            "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables"
            " USING (table_schema, table_name)"
            " WHERE table_schema = $1 AND table_type = 'BASE TABLE' AND column_name = ANY ($2)",
            schema,
            COLUMNS,
        )
        return {(row["table_name"], row["column_name"]) for row in found}
    finally:
        await connection.close()


@pytest.mark.parametrize("schema", LISTED)
async def test_every_table_that_tells_of_a_child_is_erased_and_exported(database: TestDatabase, schema: str) -> None:
    holdings = importlib.import_module(f"services.{schema}.holdings").HOLDINGS
    columns = await columns_of(database, schema)
    listed = {holding.table for holding in holdings}
    assert {table for table, _ in columns} == listed, f"say in services/{schema}/holdings.py how its rows are found"
    assert {(holding.table, column) for holding in holdings for column in holding.by} <= columns


@pytest.mark.parametrize("schema", ["portal", "notification", "webhooks"])
async def test_no_table_takes_a_row_about_an_erased_certificate(database: TestDatabase, schema: str) -> None:
    """Events come late, and in any order."""
    connection = await asyncpg.connect(database.url(schema))
    guarded = {
        row["table"]
        for row in await connection.fetch(
            "SELECT relname AS table FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE tgname = 'erased_stays_erased' AND relnamespace = $1::regnamespace",
            schema,
        )
    }
    await connection.close()
    written = {table for table, column in await columns_of(database, schema) if column == "certificate_id"}
    assert written == guarded, "see the trigger in the migration `erasure`"


async def test_staff_and_rendering_hold_nothing_by_child(database: TestDatabase) -> None:
    assert await columns_of(database, "staff") == set()
