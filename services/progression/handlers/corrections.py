"""An issued version never changes: it is withdrawn, or a new version replaces it."""

from __future__ import annotations

from typing import Any

from contracts.certificates import Reissue, Retry, Withdraw, Withdrawn
from services.progression import audit
from services.progression.domain import Layout, Print, Refusal, Teacher, objections, refuse
from services.progression.handlers.correction_requests import answer
from services.progression.issuing import NewVersion, add_versions
from services.progression.store import load_layout, load_teacher, sql
from services.progression.work import Work


async def withdraw(work: Work, command: Withdraw) -> None:
    key = {"school_id": work.school_id, "certificate_id": command.certificate_id}
    await _load(work, command.certificate_id)
    rows = [row async for row in sql.withdraw_versions(work.connection, **key, reason=command.reason, now=work.now)]
    if not rows:
        raise refuse("nothing_to_withdraw", "No version of this certificate stands.", "certificate_id")
    await audit.record(work, audit.withdrawn(command))
    await answer(work, command.certificate_id, "withdrawn")
    for row in rows:
        work.say(
            Withdrawn(certificate_id=command.certificate_id, version=row["version"], reason=command.reason),
            command.certificate_id,
            row["version"],
        )


async def reissue(work: Work, command: Reissue) -> None:
    current = await _load(work, command.certificate_id)
    if current["state"] == "issuing":
        raise refuse("still_issuing", "This certificate is being issued; correct it when it is done.", "certificate_id")
    if current["state"] == "withdrawn":
        raise refuse("withdrawn", "This certificate was withdrawn; issue another instead.", "certificate_id")
    paper = await _corrected(work, command, current)
    if reasons := objections(paper.layout, {"recipient_name": paper.recipient_name, "notes": paper.notes}, "changes."):
        raise Refusal(*reasons)
    corrected = NewVersion(command.certificate_id, current["version"] + 1, paper, command.requested_by, command.reason)
    await add_versions(work, [corrected], urgent=True)
    await audit.record(work, audit.reissued(command, current, paper))
    if paper.recipient_name != current["recipient_name"]:
        # Whoever asked for a name has an answer, be it another spelling than theirs.
        await answer(work, command.certificate_id, "corrected", by_version=corrected.version)


async def retry(work: Work, command: Retry) -> None:
    """A version that failed goes to rendering again, on the newest version of its layout."""
    await _load(work, command.certificate_id)
    key = {"school_id": work.school_id, "certificate_id": command.certificate_id}
    if await sql.retry_failed(work.connection, **key, now=work.now) is None:
        raise refuse("not_failed", "The newest version of this certificate has not failed.", "certificate_id")
    await audit.record(work, audit.tried_again(command))


async def _load(work: Work, certificate_id: str) -> dict[str, Any]:
    row = await sql.lock_certificate(work.connection, school_id=work.school_id, certificate_id=certificate_id)
    if row is None:
        raise refuse("unknown_certificate", f"There is no certificate “{certificate_id}”.", "certificate_id")
    return dict(row)


async def _corrected(work: Work, command: Reissue, current: dict[str, Any]) -> Print:
    """The paper as it was, with the changes: same number, same verification code, same layout version."""
    changes = command.changes
    teacher = Teacher(current["teacher_id"], current["teacher_name"])
    if changes.teacher_id is not None:
        chosen = await load_teacher(work.connection, work.school_id, changes.teacher_id)
        if chosen is None:
            raise refuse("unknown_teacher", f"There is no teacher “{changes.teacher_id}”.", "changes.teacher_id")
        teacher = chosen
    newest = await load_layout(work.connection, work.school_id, current["layout_id"])
    assert newest is not None
    return Print(
        layout=Layout(newest.layout_id, current["layout_version"], newest.name, newest.fields),
        recipient_name=changes.recipient_name or current["recipient_name"],
        title=current["title"],
        level_name=current["level_name"],
        issued_on=changes.issue_date or current["issued_on"],
        teacher=teacher,
        notes=(current["notes"] if changes.notes is None else changes.notes) or None,
        school=work.school,
        number=current["number"],
        verify_url=current["verify_url"],
    )
