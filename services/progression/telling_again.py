"""Settled versions of which portal or notification has never heard: they are told once more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.base import Body
from contracts.catalogue import MAILS, PUBLISHED
from contracts.certificates import Replaced, Withdrawn
from contracts.mail_queries import AskVersions, VersionRef
from contracts.topology import NOTIFICATION_CORRECTIONS, NOTIFICATION_PUBLISHED, PORTAL_CERTIFICATES
from services.kit.broker import Bus, NobodyAnswered
from services.kit.dead_letters import DeadLetters
from services.kit.outbox import queue
from services.kit.postgres import Connection
from services.kit.telemetry import get_logger
from services.progression.handlers.renderings import issued
from services.progression.store import load_school, sql
from services.progression.work import Work

Row = Mapping[str, Any]
Key = tuple[str, int]
"""certificate_id, version"""

AS_PUBLISHED = {"issued": "valid", "replaced": "replaced", "withdrawn": "withdrawn"}
LOUD_AFTER = 5


async def tell_again_what_nobody_knows(connection: Connection, bus: Bus, portal_url: str, patience: timedelta) -> int:
    """How many were told once more. Nobody is told anything while they still read what they were told before."""
    if await _still_reading(bus):
        return 0
    now = datetime.now(UTC)
    rows = [row async for row in sql.not_known(connection, before=now - patience, now=now, pause=patience)]
    by_school: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_school[row["school_id"]].append(row)
    told = 0
    for school_id, mine in by_school.items():
        try:
            told += await _of_school(Telling(connection, bus, portal_url, now), school_id, mine)
        except NobodyAnswered as absent:
            # What they were told waits in the stream until they are back.
            get_logger().info("not_asked", reason=str(absent))
    return told


class Telling:
    """What one round works with."""

    def __init__(self, connection: Connection, bus: Bus, portal_url: str, now: datetime) -> None:
        self.connection = connection
        self.bus = bus
        self.portal_url = portal_url
        self.now = now


async def _still_reading(bus: Bus) -> bool:
    for durable in (PORTAL_CERTIFICATES, NOTIFICATION_PUBLISHED, NOTIFICATION_CORRECTIONS):
        info = await bus.jetstream.consumer_info(durable.stream, durable.name)
        if info.num_pending:
            return True
    return False


async def _of_school(telling: Telling, school_id: str, rows: Sequence[Row]) -> int:
    known = await _known(telling.bus, school_id, rows)
    heard = [row for row in rows if _key(row) in known]
    await sql.mark_known(
        telling.connection, school_id=school_id, **_keys(heard), states=[row["state"] for row in heard]
    )
    unheard = [row for row in rows if _key(row) not in known]
    if unheard:
        await _tell(telling, school_id, unheard)
    return len(unheard)


async def _known(bus: Bus, school_id: str, rows: Sequence[Row]) -> set[Key]:
    """Those that the portal shows as they are, and (where a mail is wanted) notification has taken in."""
    asked = AskVersions(
        versions=tuple(VersionRef(certificate_id=row["certificate_id"], version=row["version"]) for row in rows)
    )
    online = await bus.ask(PUBLISHED, school_id, asked)
    mailed = await bus.ask(MAILS, school_id, asked)
    shown = {(each.certificate_id, each.version): each.state for each in online.versions}
    taken = {(each.certificate_id, each.version): each for each in mailed.versions}
    return {
        _key(row)
        for row in rows
        if shown.get(_key(row)) == AS_PUBLISHED[row["state"]]
        and (row["email"] == "none" or _is_taken_in(taken.get(_key(row)), row["state"]))
    }


def _is_taken_in(mailed: Any, state: str) -> bool:
    if mailed is None:
        return False
    return bool(mailed.announced if state == "issued" else mailed.corrected)


async def _tell(telling: Telling, school_id: str, unheard: Sequence[Row]) -> None:
    """With the identity of the first time: who has heard it knows it again."""
    school = await load_school(telling.connection, school_id)
    assert school is not None
    work = Work(telling.connection, school, telling.now, telling.portal_url, DeadLetters(telling.bus.jetstream))
    rows = sql.settled_versions(telling.connection, school_id=school_id, **_keys(unheard))
    async for row in rows:
        work.say(_event(work, row), row["certificate_id"], row["version"])
    await queue(telling.connection, *work.said)
    await sql.mark_told(telling.connection, school_id=school_id, **_keys(unheard), now=telling.now)
    loud = [row for row in unheard if row["tellings"] >= LOUD_AFTER]
    get_logger().warning("told_again", versions=len(unheard))
    for row in loud:
        get_logger().error("nobody_knows", certificate_id=row["certificate_id"], version=row["version"])


def _event(work: Work, row: Row) -> Body:
    what = {"certificate_id": row["certificate_id"], "version": row["version"]}
    if row["state"] == "withdrawn":
        return Withdrawn(**what, reason=row["reason"])
    if row["state"] == "replaced":
        return Replaced(**what, reason=row["reason"] or "reissued", by_version=row["replaced_by"])
    return issued(work, row)


def _key(row: Row) -> Key:
    return row["certificate_id"], row["version"]


def _keys(rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {
        "certificate_ids": [row["certificate_id"] for row in rows],
        "versions": [row["version"] for row in rows],
    }
