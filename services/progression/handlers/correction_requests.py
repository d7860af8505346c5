"""What families ask for: another name on a certificate; and what comes of it.

They may be told of twice, and in any order: of one certificate the last request counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from contracts.certificates import DeclineCorrection
from contracts.portal import CorrectionAnswered, CorrectionRequested
from services.kit.telemetry import get_logger
from services.progression import audit
from services.progression.domain import refuse
from services.progression.store import sql
from services.progression.work import Work

Outcome = Literal["corrected", "declined", "withdrawn"]


async def requested(work: Work, event: CorrectionRequested) -> None:
    """One for a certificate that is not here, or not any more, is nobody's business."""
    key = {"school_id": work.school_id, "certificate_id": event.certificate_id}
    current = await sql.lock_certificate(work.connection, **key)
    if current is None:
        get_logger().info("correction_of_nothing", certificate_id=event.certificate_id)
        return
    kept = await sql.keep_correction_request(work.connection, school_id=work.school_id, **event.model_dump())
    if kept is None:
        return
    await audit.record(work, audit.correction_asked(event, current))
    if current["state"] == "withdrawn":
        await answer(work, event.certificate_id, "withdrawn")
    elif current["recipient_name"] == event.recipient_name:
        await answer(work, event.certificate_id, "corrected", by_version=current["version"])


async def decline(work: Work, command: DeclineCorrection) -> None:
    key = {"school_id": work.school_id, "certificate_id": command.certificate_id}
    if await sql.lock_certificate(work.connection, **key) is None:
        raise refuse("unknown_certificate", f"There is no certificate “{command.certificate_id}”.", "certificate_id")
    open_request = await sql.correction_request(work.connection, **key)
    if open_request is None or open_request["outcome"] is not None:
        raise refuse("not_asked", "Nobody asks for another name on this certificate any more.", "request_id")
    if open_request["request_id"] != command.request_id:
        raise refuse("asked_anew", "The family has asked anew meanwhile: read what they ask for now.", "request_id")
    await answer(work, command.certificate_id, "declined", reason=command.reason)
    await audit.record(work, audit.correction_declined(command))


async def answer(
    work: Work, certificate_id: str, outcome: Outcome, *, by_version: int | None = None, reason: str | None = None
) -> None:
    """If anything is asked of this certificate, this is what came of it, and the family is told."""
    answered = await sql.answer_correction_request(
        work.connection,
        school_id=work.school_id,
        certificate_id=certificate_id,
        outcome=outcome,
        by_version=by_version,
        reason=reason,
        now=work.now,
    )
    if answered is not None:
        tell(work, answered)


def tell(work: Work, answered: Mapping[str, Any]) -> None:
    """Told again, it is the same message."""
    work.say(
        CorrectionAnswered(
            request_id=answered["request_id"],
            certificate_id=answered["certificate_id"],
            outcome=answered["outcome"],
            by_version=answered["by_version"],
            reason=answered["reason"],
        ),
        answered["request_id"],
    )
