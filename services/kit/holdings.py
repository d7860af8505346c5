"""What a service's tables hold about a child and a family: one list, by which it is erased and exported.

A table that is not in a service's list is found by tests/architecture/test_holdings.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import JsonValue

from contracts.envelope import Envelope, id_from, wrap
from contracts.erasure import AskHeld, Confirmed, Erased, Held, HeldTable
from services.kit.delivery import Incoming
from services.kit.postgres import Connection, Database
from services.kit.telemetry import current_traceparent

Column = Literal["student_id", "certificate_id", "family_id", "guardian_id"]
Whose: TypeAlias = Mapping[Column, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Holding:
    """A table with a `school_id`, and the columns by any of which its rows are somebody's."""

    table: str
    title: str
    """What its rows are, in people's words."""
    by: tuple[Column, ...]
    untold: tuple[str, ...] = ()
    """Columns with secrets, which no export tells. Hashes (`…_sha256`) are left out anyway."""

    def theirs(self, whose: Whose) -> tuple[str, list[Sequence[str]]]:
        """The condition, and its parameters from `$2` on."""
        terms = [f"{column} = ANY (${place}::text[])" for place, column in enumerate(self.by, start=2)]
        return f"school_id = $1 AND ({' OR '.join(terms)})", [list(whose.get(column, ())) for column in self.by]


async def erase(connection: Connection, school_id: str, holdings: Sequence[Holding], whose: Whose) -> dict[str, int]:
    """Delete all of it, in the order of the list; how many rows of which title."""
    removed: dict[str, int] = {}
    for holding in holdings:
        theirs, ids = holding.theirs(whose)
        statement = f"DELETE FROM {holding.table} WHERE {theirs}"  # noqa: S608 - of names in the list alone
        done: str = await connection.execute(statement, school_id, *ids)
        if count := int(done.rpartition(" ")[2]):
            removed[holding.title] = removed.get(holding.title, 0) + count
    return removed


async def held(
    connection: Connection, school_id: str, holdings: Sequence[Holding], whose: Whose
) -> tuple[HeldTable, ...]:
    """All of it, with the columns' names as words; empty tables are left out."""
    found = []
    for holding in holdings:
        theirs, ids = holding.theirs(whose)
        untold = f"${len(ids) + 2}::text[]"
        statement = f"SELECT to_jsonb(held) - {untold} AS row FROM {holding.table} AS held WHERE {theirs}"  # noqa: S608
        rows = await connection.fetch(statement, school_id, *ids, ["school_id", *holding.untold])
        if rows:
            found.append(HeldTable(title=holding.title, rows=tuple(_in_words(row["row"]) for row in rows)))
    return tuple(found)


def _in_words(row: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {column.replace("_", " "): value for column, value in row.items() if not column.endswith("_sha256")}


def whose_is(asked: AskHeld | Erased) -> Whose:
    return {
        "certificate_id": asked.certificate_ids,
        "family_id": [asked.family_id] if asked.family_id else [],
        "guardian_id": asked.guardian_ids,
        "student_id": [asked.student_id] if isinstance(asked, Erased) and asked.student_id else [],
    }


async def forget(connection: Connection, school_id: str, holdings: Sequence[Holding], told: Erased) -> dict[str, int]:
    """Erase what was told, and remember that it was.

    Whatever is written at this moment is either done before, and erased here, or sees that it was erased
    (`erased_stays_erased` in the service's migrations).
    """
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('erasure/' || $1::text, 0))", school_id)
    await connection.execute(
        "INSERT INTO erased_certificate (school_id, certificate_sha256)"
        " SELECT $1::text, sha256(convert_to($1::text || '/' || certificate_id, 'UTF8')) "
        " FROM unnest($2::text[]) AS certificate_id"
        " ON CONFLICT DO NOTHING",
        school_id,
        list(told.certificate_ids),
    )
    return await erase(connection, school_id, holdings, whose_is(told))


async def was_erased(database: Database, school_id: str, certificate_id: str) -> bool:
    return bool(
        await database.pool.fetchval(
            "SELECT EXISTS (SELECT FROM erased_certificate WHERE school_id = $1"
            " AND certificate_sha256 = sha256(convert_to($1::text || '/' || $2::text, 'UTF8')))",
            school_id,
            certificate_id,
        )
    )


def confirmation(body: Confirmed, incoming: Incoming, source: str) -> Envelope:
    """The answer to this very message: one that was said again may be so because the answer to the first was lost."""
    return wrap(
        body,
        incoming.school_id,
        source=source,
        message_id=id_from("confirmed", source, incoming.school_id, incoming.id),
        traceparent=current_traceparent.get(),
    )


async def held_of(database: Database, school_id: str, holdings: Sequence[Holding], asked: AskHeld) -> Held:
    async with database.transaction() as connection:
        return Held(tables=await held(connection, school_id, holdings, whose_is(asked)))
