"""The names that families ask to have corrected, as an answer."""

from __future__ import annotations

from contracts.queries import CorrectionRequest
from services.kit.postgres import Connection
from services.progression import views
from services.progression.store import sql


async def open_requests(
    connection: Connection, school_id: str, certificate_id: str | None = None
) -> tuple[CorrectionRequest, ...]:
    """Those that nobody has answered, longest first: of all certificates, or of this one."""
    rows = sql.correction_requests(connection, school_id=school_id, certificate_id=certificate_id)
    return tuple([CorrectionRequest(**row, student=views.student_ref(row)) async for row in rows])
