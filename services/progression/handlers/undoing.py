"""A run is cancelled, or undone: what it has done is taken back, and waits again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.certificates import CancelRun, UndoRun, Withdrawn
from contracts.progress import LevelChanged
from services.progression import audit
from services.progression.detection import reassess
from services.progression.domain import Progression, Refusal, Student, refuse
from services.progression.store import load_progressions, load_students, sql
from services.progression.taking_back import CANCELLED, UNDONE, Moved, StartedRun, mails, objections_to_undo
from services.progression.work import Work

Row = Mapping[str, Any]


async def cancel_run(work: Work, command: CancelRun) -> None:
    """What is not printed yet is not issued; what is printed, and the level changes, stay."""
    run = {"school_id": work.school_id, "run_id": command.run_id}
    await _load(work, command.run_id)
    progressions = await _progressions_of(work, command.run_id)
    await load_students(work.connection, work.school_id, (each.student_id for each in progressions.values()))
    rows = sql.withdraw_unprinted_of_run(work.connection, **run, reason=CANCELLED, now=work.now)
    cancelled = [row async for row in rows]
    if not cancelled:
        raise refuse("nothing_to_cancel", "Everything of this run is printed already, or will not be.", "run_id")
    await sql.mark_cancelled(work.connection, **run, requested_by=command.requested_by, now=work.now)
    _say_withdrawn(work, cancelled, CANCELLED)
    await audit.record(work, *(audit.cancelled(command, each) for each in _certificates(cancelled)))
    waiting = await _certificates_wait_again(work, command.run_id, [row["certificate_id"] for row in cancelled])
    await sql.count_taken_back(work.connection, progression_ids=waiting)
    await _look_again(work, [progressions[progression_id] for progression_id in waiting])


async def undo_run(work: Work, command: UndoRun) -> None:
    """All of it, or nothing: see `taking_back`."""
    run = {"school_id": work.school_id, "run_id": command.run_id}
    started = await _load(work, command.run_id)
    progressions = await _progressions_of(work, command.run_id)
    students = await load_students(work.connection, work.school_id, (p.student_id for p in progressions.values()))
    moves = [row async for row in sql.moves_of_run(work.connection, **run)]
    if reasons := objections_to_undo(started, [_moved(row, students) for row in moves], work.now):
        raise Refusal(*reasons)
    await sql.mark_undone(work.connection, **run, requested_by=command.requested_by, now=work.now)
    withdrawn = [row async for row in sql.withdraw_run(work.connection, **run, reason=UNDONE, now=work.now)]
    _say_withdrawn(work, withdrawn, UNDONE)
    await audit.record(work, *(audit.undone(command, each) for each in _certificates(withdrawn)))
    await _certificates_wait_again(work, command.run_id, None)
    await _move_back(work, moves, progressions)
    await sql.count_taken_back(work.connection, progression_ids=list(progressions))
    await _look_again(work, list(progressions.values()))


async def _load(work: Work, run_id: str) -> StartedRun:
    row = await sql.lock_run(work.connection, school_id=work.school_id, run_id=run_id)
    if row is None:
        raise refuse("unknown_run", f"There is no run “{run_id}”.", "run_id")
    return StartedRun(
        requested_at=row["requested_at"],
        mails=mails(row["email"], row["has_certificates"]),
        send_after=row["send_after"],
        undone=row["undone"],
    )


async def _progressions_of(work: Work, run_id: str) -> dict[str, Progression]:
    """By id, locked in the order in which a run locks them."""
    rows = sql.progressions_of_run(work.connection, school_id=work.school_id, run_id=run_id)
    return await load_progressions(work.connection, work.school_id, [row["progression_id"] async for row in rows])


def _moved(row: Row, students: Mapping[str, Student]) -> Moved:
    student = students[row["student_id"]]
    return Moved(
        student_name=student.name,
        level_now=student.level_id,
        to_level_id=row["to_level_id"],
        to_level_name=row["to_level_name"],
        completed_since=row["completed_since"],
    )


def _say_withdrawn(work: Work, versions: Sequence[Row], reason: str) -> None:
    for row in versions:
        said = Withdrawn(certificate_id=row["certificate_id"], version=row["version"], reason=reason)
        work.say(said, row["certificate_id"], row["version"])


def _certificates(versions: Sequence[Row]) -> dict[str, None]:
    """Each once, in their order."""
    return dict.fromkeys(row["certificate_id"] for row in versions)


async def _certificates_wait_again(work: Work, run_id: str, certificate_ids: Sequence[str] | None) -> list[str]:
    """The progressions of these certificates; without any named, of all that the run still has."""
    rows = sql.take_back_certificates(
        work.connection, school_id=work.school_id, run_id=run_id, certificate_ids=certificate_ids, now=work.now
    )
    waiting = [row["progression_id"] async for row in rows]
    await sql.certificates_wait_again(work.connection, progression_ids=waiting)
    return waiting


async def _move_back(work: Work, moves: Sequence[Row], progressions: Mapping[str, Progression]) -> None:
    await sql.level_changes_wait_again(work.connection, progression_ids=[row["progression_id"] for row in moves])
    await sql.move_students(
        work.connection,
        school_id=work.school_id,
        student_ids=[row["student_id"] for row in moves],
        to_level_ids=[row["level_id"] for row in moves],
    )
    for row in moves:
        said = LevelChanged(
            progression_id=row["progression_id"],
            student_id=row["student_id"],
            from_level_id=row["to_level_id"],
            to_level_id=row["level_id"],
        )
        work.say(said, row["progression_id"], "back", progressions[row["progression_id"]].taken_back)


async def _look_again(work: Work, progressions: Sequence[Progression]) -> None:
    """Nobody has acted any more: what was un-ticked meanwhile is open again."""
    await reassess(work, [(progression.student_id, progression.level_id) for progression in progressions])
