"""Versions that rendering took and never answered for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from contracts.rendering import FailureReason
from contracts.topology import RENDERING_ISSUE
from services.kit.broker import Bus
from services.kit.postgres import Connection
from services.kit.telemetry import get_logger
from services.progression.store import sql

GIVE_UP_AFTER = 8
"""Sendings that were taken and not answered before a person is told."""

NOT_ANSWERED = FailureReason(
    code="not_answered",
    message=f"Rendering took this certificate {GIVE_UP_AFTER} times and never said what became of it. "
    "Look at the log of rendering, then press Try again.",
)


async def send_unanswered_again(connection: Connection, bus: Bus, patience: timedelta) -> int:
    """How many go to rendering once more.

    A command that rendering has acknowledged is no longer in the stream, and its answer was published
    before: when that has not come, it was lost on the way.
    """
    info = await bus.jetstream.consumer_info(RENDERING_ISSUE.stream, RENDERING_ISSUE.name)
    acknowledged = info.ack_floor.stream_seq if info.ack_floor else 0
    newest = (await bus.jetstream.stream_info(RENDERING_ISSUE.stream)).state.last_seq
    before = datetime.now(UTC) - patience
    rows = [row async for row in sql.unanswered(connection, before=before, acknowledged=acknowledged, newest=newest)]
    for row in rows:
        if row["sends"] >= GIVE_UP_AFTER:
            await _give_up(connection, row["school_id"], row["certificate_id"], row["version"])
    lost = [row for row in rows if row["sends"] < GIVE_UP_AFTER]
    if lost:
        await sql.send_again(
            connection,
            school_ids=[row["school_id"] for row in lost],
            certificate_ids=[row["certificate_id"] for row in lost],
            versions=[row["version"] for row in lost],
        )
        get_logger().warning("sent_again", certificates=len(lost))
    return len(lost)


async def _give_up(connection: Connection, school_id: str, certificate_id: str, version: int) -> None:
    get_logger().error("certificate_given_up", certificate_id=certificate_id, version=version)
    await sql.settle_failed(
        connection,
        school_id=school_id,
        certificate_id=certificate_id,
        version=version,
        failure=NOT_ANSWERED.model_dump(),
        now=datetime.now(UTC),
    )
