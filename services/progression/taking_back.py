"""When a run may be taken back, and what stands in the way. Pure: no IO, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.base import EmailPolicy
from contracts.commands import RefusalReason

UNDO_FOR = timedelta(minutes=10)
"""From the run's start."""
BEFORE_THE_MAIL = timedelta(seconds=20)
"""An undo that comes later than this might be overtaken by the mail: what it changes takes a moment to be known."""

CANCELLED = "The run was cancelled"
UNDONE = "The run was undone"


@dataclass(frozen=True, slots=True)
class StartedRun:
    requested_at: datetime
    mails: bool
    """It has certificates, and their families are mailed."""
    send_after: datetime | None
    undone: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """One level change of the run, and where the student is by now."""

    student_name: str
    level_now: str | None
    to_level_id: str
    to_level_name: str
    completed_since: bool


def mails(email: EmailPolicy, has_certificates: bool) -> bool:
    return email == "send" and has_certificates


def undo_until(run: StartedRun) -> datetime | None:
    """When it is too late; None where its mail may have left with the first certificate."""
    latest = run.requested_at + UNDO_FOR
    if not run.mails:
        return latest
    return min(latest, run.send_after - BEFORE_THE_MAIL) if run.send_after else None


def objections_to_undo(run: StartedRun, moved: Sequence[Moved], now: datetime) -> list[RefusalReason]:
    """Why the run stays as it is: it is taken back whole, or not at all."""
    if run.undone:
        return [RefusalReason(code="already_undone", message="This run was undone already.", path="run_id")]
    if late := _too_late(run, now):
        return [late]
    return [reason for each in moved if (reason := _moved_on(each))]


def _too_late(run: StartedRun, now: datetime) -> RefusalReason | None:
    until = undo_until(run)
    if until is not None and now < until:
        return None
    if until == run.requested_at + UNDO_FOR:
        code, why = "too_late", "A run can be undone for ten minutes, and they are over."
    else:
        code, why = "mail_left", "The mail to the families has left, or is about to."
    return RefusalReason(code=code, message=f"{why} Withdraw its certificates one by one instead.", path="run_id")


def _moved_on(moved: Moved) -> RefusalReason | None:
    if moved.level_now != moved.to_level_id:
        code, why = "student_moved", f"{moved.student_name} is not in {moved.to_level_name} any more."
        remedy = "Move them back there and undo again, or leave the run as it is."
    elif moved.completed_since:
        code, why = "completed_since", f"{moved.student_name} has completed {moved.to_level_name} since."
        remedy = "Take back what was marked there and undo again, or leave the run as it is."
    else:
        return None
    return RefusalReason(code=code, message=f"{why} {remedy}", path="run_id")
