"""Who did what to which certificate: written down in the transaction that does it, and kept.

Each function says one act as an entry; a handler writes it with `record`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from contracts.certificates import CancelRun, DeclineCorrection, MarkPresented, Reissue, Retry, UndoRun, Withdraw
from contracts.notification import Resent
from contracts.portal import CorrectionRequested
from services.progression.domain import Print
from services.progression.store import sql
from services.progression.work import Work

Row = Mapping[str, Any]

FAMILY = "The family"
"""Which of its adults asked, a family's page does not tell."""


@dataclass(frozen=True, slots=True)
class Change:
    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    act: str
    who: str
    certificate_id: str
    """One that is in the register by now."""
    run_id: str | None = None
    reason: str | None = None
    changes: Sequence[Change] = ()


def withdrawn(command: Withdraw) -> Entry:
    return Entry("withdrawn", command.requested_by, command.certificate_id, reason=command.reason)


def reissued(command: Reissue, was: Row, paper: Print) -> Entry:
    """`was`: the register's newest version; what differs from it on the paper is told."""
    changes = _changes(was, paper)
    return Entry("reissued", command.requested_by, command.certificate_id, reason=command.reason, changes=changes)


def tried_again(command: Retry) -> Entry:
    return Entry("tried_again", command.requested_by, command.certificate_id)


def cancelled(command: CancelRun, certificate_id: str) -> Entry:
    return Entry("cancelled", command.requested_by, certificate_id, run_id=command.run_id)


def undone(command: UndoRun, certificate_id: str) -> Entry:
    return Entry("undone", command.requested_by, certificate_id, run_id=command.run_id)


def mail_resent(event: Resent) -> Entry:
    return Entry("mail_resent", event.requested_by, event.certificate_id)


def handed_out(command: MarkPresented, certificate_id: str) -> Entry:
    act = "handed_out" if command.presented else "not_handed_out"
    return Entry(act, command.requested_by, certificate_id)


def correction_asked(event: CorrectionRequested, was: Row) -> Entry:
    """`was`: the register's newest version."""
    change = Change("recipient_name", was["recipient_name"], event.recipient_name)
    return Entry("correction_asked", FAMILY, event.certificate_id, reason=event.message, changes=[change])


def correction_declined(command: DeclineCorrection) -> Entry:
    return Entry("correction_declined", command.requested_by, command.certificate_id, reason=command.reason)


def _changes(was: Row, paper: Print) -> list[Change]:
    compared = [
        Change("recipient_name", was["recipient_name"], paper.recipient_name),
        Change("notes", was["notes"], paper.notes),
        Change("issue_date", was["issued_on"].isoformat(), paper.issued_on.isoformat()),
        Change("teacher", was["teacher_name"], paper.teacher.name),
    ]
    return [change for change in compared if change.before != change.after]


async def record(work: Work, *entries: Entry) -> None:
    """Kept if, and only if, what they tell of is."""
    await sql.add_audit(
        work.connection,
        school_id=work.school_id,
        acts=[entry.act for entry in entries],
        whos=[entry.who for entry in entries],
        certificate_ids=[entry.certificate_id for entry in entries],
        run_ids=[entry.run_id for entry in entries],
        reasons=[entry.reason for entry in entries],
        # A list in a list would be taken for an array of two dimensions.
        details=[{"changes": [asdict(change) for change in entry.changes]} for entry in entries],
        now=work.now,
    )
