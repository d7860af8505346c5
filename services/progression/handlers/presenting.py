"""The papers that were handed out to the children, ticked off."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.certificates import MarkPresented
from contracts.commands import RefusalReason
from services.progression.audit import handed_out, record
from services.progression.domain import Refusal
from services.progression.store import sql
from services.progression.work import Work

MOST_REASONS = 50


async def mark_presented(work: Work, command: MarkPresented) -> None:
    """Who ticked first is remembered; ticked once more, it stays as it is."""
    ids = list(dict.fromkeys(command.certificate_ids))
    rows = sql.mark_presented(
        work.connection,
        school_id=work.school_id,
        certificate_ids=ids,
        presented=command.presented,
        requested_by=command.requested_by,
        now=work.now,
    )
    standing = {row["certificate_id"]: row["changed"] async for row in rows}
    if gone := [certificate_id for certificate_id in ids if certificate_id not in standing]:
        raise await _cannot_be_handed_out(work, command.certificate_ids, gone[:MOST_REASONS])
    changed = [certificate_id for certificate_id in ids if standing[certificate_id]]
    await record(work, *(handed_out(command, certificate_id) for certificate_id in changed))


async def _cannot_be_handed_out(work: Work, asked: Sequence[str], gone: Sequence[str]) -> Refusal:
    rows = sql.certificate_numbers(work.connection, school_id=work.school_id, certificate_ids=list(gone))
    numbers = {row["certificate_id"]: row["number"] async for row in rows}
    return Refusal(
        *(
            RefusalReason(
                code="not_issued" if certificate_id in numbers else "unknown_certificate",
                message=f"Certificate {numbers[certificate_id]} cannot be handed out: no version of it stands."
                if certificate_id in numbers
                else f"There is no certificate “{certificate_id}”.",
                path=f"certificate_ids.{asked.index(certificate_id)}",
            )
            for certificate_id in gone
        )
    )
