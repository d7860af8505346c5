"""What progression answers about the roster: the ladder, everybody, and what an import would do."""

from __future__ import annotations

import asyncio
from typing import Any

from contracts import catalogue
from contracts.base import Body
from contracts.queries import Everything
from contracts.roster import ImportRoster
from contracts.roster_queries import AskRoster, ImportCheck, LevelInUse, Levels, RosterPage
from services.kit.broker import Bus
from services.kit.postgres import Connection, Database
from services.progression import roster_store
from services.progression.import_views import import_check
from services.progression.importing import decided
from services.progression.store import sql

PAGE = 2000
PAGES: dict[str, tuple[Any, Any]] = {
    "teachers": (sql.ids_of_teachers, roster_store.load_teachers_as_put),
    "families": (sql.ids_of_families, roster_store.load_families_as_put),
    "students": (sql.ids_of_students, roster_store.load_students_as_put),
}
"""By kind, what finds the ids of a page, and what loads those."""


class RosterAnswers:
    """Each method answers one query for one school."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def answer_on(self, bus: Bus) -> None:
        bus.answer(catalogue.LEVELS, self.levels)
        bus.answer(catalogue.ROSTER, self.roster)
        bus.answer(catalogue.IMPORT_CHECK, self.import_check)

    async def levels(self, school_id: str, _: Everything) -> Levels:
        async with self._database.pool.acquire() as connection:
            ladder = await roster_store.load_ladder(connection, school_id)
            used = {row["level_id"]: row async for row in sql.levels_in_use(connection, school_id=school_id)}
        return Levels(
            levels=tuple(
                LevelInUse(
                    level=level, students=used[level.level_id]["students"], waiting=used[level.level_id]["waiting"]
                )
                for level in ladder
                if level.level_id in used
            )
        )

    async def roster(self, school_id: str, asked: AskRoster) -> RosterPage:
        async with self._database.pool.acquire() as connection:
            if asked.kind == "levels":
                return RosterPage(levels=tuple(await roster_store.load_ladder(connection, school_id)))
            return await _page(connection, school_id, asked)

    async def import_check(self, school_id: str, command: ImportRoster) -> ImportCheck:
        async with self._database.pool.acquire() as connection:
            known = await roster_store.load_known(connection, school_id, command)
        # In a thread, so that others are answered meanwhile.
        return await asyncio.to_thread(lambda: import_check(decided(command, known), known))


async def _page(connection: Connection, school_id: str, asked: AskRoster) -> RosterPage:
    ids_of, load = PAGES[asked.kind]
    rows = ids_of(connection, school_id=school_id, after=asked.after or "", most=PAGE)
    ids = [row["id"] async for row in rows]
    found = {_id_of(one): one for one in await load(connection, school_id, ids)}
    in_order = tuple(found[each] for each in ids if each in found)
    return RosterPage(**{asked.kind: in_order}, next_after=ids[-1] if len(ids) == PAGE else None)


def _id_of(put: Body) -> str:
    return str(getattr(put, next(iter(type(put).model_fields))))
