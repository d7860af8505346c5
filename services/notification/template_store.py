"""What schools have changed in their mails, kept: each change is a row of its own, with who made it and when."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from contracts.letter_queries import Letterhead, PutLetterhead, PutTemplate, Template, TemplateText
from services.kit.postgres import Connection, Database, load_queries
from services.notification.stationery import Stationery, texts_of

sql = load_queries("services.notification")


class ChangedMeanwhile(Exception):
    """Somebody else has changed the template since it was read."""


class TemplateStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def stationery(self, school_id: str, level_ids: Collection[str]) -> Stationery:
        """All that a mail about these levels needs."""
        async with self._database.pool.acquire() as connection:
            rows = [row async for row in sql.templates_of(connection, school_id=school_id, level_ids=sorted(level_ids))]
            letterhead = await _letterhead(connection, school_id)
        texts = {row["level_id"]: texts_of(TemplateText(**each) for each in row["texts"]) for row in rows}
        return Stationery(letterhead, {level_id: of_level for level_id, of_level in texts.items() if of_level})

    async def letterhead(self, school_id: str) -> Letterhead:
        async with self._database.pool.acquire() as connection:
            return await _letterhead(connection, school_id)

    async def templates(self, school_id: str) -> tuple[Template, ...]:
        """Those that say something."""
        rows = sql.templates(self._database.pool, school_id=school_id)
        return tuple([_template(row) async for row in rows if row["texts"]])

    async def template(self, school_id: str, level_id: str | None) -> Template | None:
        row = await sql.template(self._database.pool, school_id=school_id, level_id=level_id)
        return _template(row) if row else None

    async def put_template(self, school_id: str, wanted: PutTemplate) -> Template | None:
        """As it is kept from now on; the same again is no change. None: nothing was there, and nothing is."""
        key = {"school_id": school_id, "level_id": wanted.level_id}
        texts = [each.model_dump(exclude_none=True) for each in wanted.texts if each.text]
        async with self._database.transaction() as connection:
            await sql.lock_stationery(connection, school_id=school_id)
            row = await sql.template(connection, **key)
            if texts != (row["texts"] if row else []):
                if wanted.replaces is not None and wanted.replaces != (row["revision"] if row else 0):
                    raise ChangedMeanwhile
                row = await sql.put_template(connection, **key, texts=texts, requested_by=wanted.requested_by)
        return _template(row) if row else None

    async def put_letterhead(self, school_id: str, wanted: PutLetterhead) -> Letterhead:
        async with self._database.transaction() as connection:
            await sql.lock_stationery(connection, school_id=school_id)
            kept = Letterhead(colour=wanted.colour, picture=wanted.picture)
            if kept != await _letterhead(connection, school_id):
                await sql.put_letterhead(
                    connection, school_id=school_id, **kept.model_dump(), requested_by=wanted.requested_by
                )
        return kept


async def _letterhead(connection: Connection, school_id: str) -> Letterhead:
    row = await sql.letterhead(connection, school_id=school_id)
    return Letterhead(**row) if row else Letterhead()


def _template(row: Any) -> Template:
    texts = tuple(TemplateText(**each) for each in row["texts"])
    return Template(**{**row, "texts": texts})
