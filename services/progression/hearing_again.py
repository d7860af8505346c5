"""What families asked for, and what came of it, may be lost on its way: the portal is asked what it waits for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from contracts.catalogue import OPEN_CORRECTIONS
from contracts.portal import CorrectionRequested
from contracts.queries import Everything
from services.kit.broker import Bus, NobodyAnswered, QueryRefused
from services.kit.dead_letters import DeadLetters
from services.kit.outbox import queue
from services.kit.postgres import Connection, Database
from services.progression.handlers.correction_requests import requested, tell
from services.progression.store import load_school, sql
from services.progression.work import Work


async def hear_again_what_families_ask(database: Database, bus: Bus, portal_url: str) -> int:
    """How many answers were told once more. What was heard already changes nothing."""
    told = 0
    for school_id in [row["school_id"] async for row in sql.school_ids(database.pool)]:
        try:
            waiting = await bus.ask(OPEN_CORRECTIONS, school_id, Everything())
        except (NobodyAnswered, QueryRefused):
            break
        if waiting.requests:
            async with database.transaction() as connection:
                work = await _work(connection, bus, school_id, portal_url)
                told += await _hear(work, waiting.requests)
    return told


async def _work(connection: Connection, bus: Bus, school_id: str, portal_url: str) -> Work:
    school = await load_school(connection, school_id)
    assert school is not None
    return Work(connection, school, datetime.now(UTC), portal_url, DeadLetters(bus.jetstream))


async def _hear(work: Work, requests: Sequence[CorrectionRequested]) -> int:
    for request in requests:
        key = {"school_id": work.school_id, "certificate_id": request.certificate_id}
        known = await sql.correction_request(work.connection, **key)
        if known is None or known["request_id"] != request.request_id:
            await requested(work, request)
        elif known["outcome"] is not None:
            tell(work, known)
    await queue(work.connection, *work.said)
    return len(work.said)
