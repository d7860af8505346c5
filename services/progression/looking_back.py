"""What was done to certificates, when it is asked about."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from contracts import catalogue
from contracts.audit import AskAudit, Audit, AuditChange, AuditEntry
from services.kit.broker import Bus
from services.kit.postgres import Connection, Database
from services.progression import views
from services.progression.domain import AUTOMATIC
from services.progression.store import sql

NEWEST = 2**63 - 1
"""No entry has a higher id."""


class LookingBack:
    def __init__(self, database: Database) -> None:
        self._database = database

    def answer_on(self, bus: Bus) -> None:
        bus.answer(catalogue.AUDIT, self.audit)

    async def audit(self, school_id: str, asked: AskAudit) -> Audit:
        """A page of it; one entry more than is wanted tells whether there are older ones."""
        async with self._database.pool.acquire() as connection:
            found = [row["entry_id"] async for row in _found(connection, school_id, asked)]
            rows = sql.audit_entries(connection, school_id=school_id, entry_ids=found[: asked.limit])
            entries = [_entry(row) async for row in rows]
        return Audit(entries=tuple(entries), older=len(found) > asked.limit)


def _found(connection: Connection, school_id: str, asked: AskAudit) -> AsyncIterator[Any]:
    """The ids of the entries, newest first."""
    wanted = {"school_id": school_id, "before": asked.before or NEWEST, "wanted": asked.limit + 1}
    rows: AsyncIterator[Any]
    if asked.certificate_id:
        rows = sql.audit_of_certificate(connection, **wanted, certificate_id=asked.certificate_id)
    elif search := views.containing(asked.search):
        rows = sql.audit_found(connection, **wanted, search=search, number=str(asked.search).strip())
    else:
        rows = sql.newest_audit(connection, **wanted)
    return rows


def _entry(row: Mapping[str, Any]) -> AuditEntry:
    by_itself = row["who"] == AUTOMATIC
    return AuditEntry(
        entry_id=row["entry_id"],
        at=row["at"],
        who=None if by_itself else row["who"],
        by_itself=by_itself,
        act=row["act"],
        certificate_id=row["certificate_id"],
        number=row["number"],
        title=row["title"],
        student=views.student_ref(row),
        run_id=row["run_id"],
        reason=row["reason"],
        changes=tuple(AuditChange(**change) for change in row["changes"]),
    )
