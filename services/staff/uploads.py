"""What was uploaded to be imported, while somebody looks at what it would change.

It waits here and not in the page's own form, so that the check survives a reload, the press of "Import" sends exactly
what was checked, and no browser carries megabytes to and fro. It is children's data: it is one account's alone, goes
when it was imported or other files are chosen, and is swept away after an hour whatever happens.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.roster import ImportRoster
from services.kit.delivery import passes_by_itself
from services.kit.postgres import Database, load_queries
from services.kit.telemetry import get_logger

SWEEP_S = 60.0


@dataclass(frozen=True, slots=True)
class Kept:
    """An upload that is still there."""

    command: ImportRoster | None
    """None: it was imported."""
    remarks: tuple[dict[str, Any], ...]
    summary: list[dict[str, Any]] | None
    """How many of each kind it changes, once "Import" was pressed."""


class Uploads:
    """A part of the service. Several may run side by side."""

    name = "uploads"

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = load_queries("services.staff")
        self._task: asyncio.Task[None] | None = None

    async def keep(self, account_id: UUID, command: ImportRoster, remarks: list[dict[str, Any]]) -> UUID:
        kept: UUID = await self._sql.keep_upload(
            self._database.pool, account_id=account_id, body=command.json_bytes(), remarks=remarks
        )
        return kept

    async def get(self, account_id: UUID, upload_id: UUID) -> Kept | None:
        """None where it has expired, or is another's."""
        row = await self._sql.upload(self._database.pool, account_id=account_id, upload_id=upload_id)
        if row is None:
            return None
        command = ImportRoster.model_validate_json(row["body"]) if row["body"] is not None else None
        return Kept(command, tuple(row["remarks"]), row["summary"])

    async def pressed(self, upload_id: UUID, summary: list[dict[str, Any]]) -> None:
        await self._sql.upload_pressed(self._database.pool, upload_id=upload_id, summary=summary)

    async def imported(self, upload_id: UUID) -> None:
        """Of the data itself nothing is kept."""
        await self._sql.upload_imported(self._database.pool, upload_id=upload_id)

    async def forget_student(self, school_id: str, student_id: str) -> None:
        """Files that would bring an erased child back: whoever wants to import the rest chooses another."""
        told = f'"student_id":"{student_id}"'
        await self._sql.drop_uploads_that_tell(self._database.pool, school_id=school_id, told=told)

    async def start(self) -> None:
        self._task = asyncio.create_task(self._sweep(), name="uploads")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def ready(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _sweep(self) -> None:
        while True:
            try:
                await self._sql.drop_expired_uploads(self._database.pool)
            except Exception as error:
                if not passes_by_itself(error):
                    get_logger().error("sweeping_failed", error=type(error).__name__)
            await asyncio.sleep(SWEEP_S)
