"""Is the level complete? Decided in the transaction that stores what changed."""

from __future__ import annotations

from contracts.envelope import new_id
from contracts.progress import LevelChanged, LevelCompleted, LevelReopened
from services.progression.domain import Level, Progression, Student, blocked, is_complete
from services.progression.issuing import issue_level_certificate
from services.progression.store import (
    load_layout,
    load_level,
    load_marks,
    load_progression,
    load_skills,
    load_student,
    sql,
)
from services.progression.work import Work

AUTOMATIC = "auto_issue"
"""Who asked for the certificates of a level that issues by itself."""


async def reassess_level(work: Work, level_id: str) -> None:
    """The level's skills changed: look at each of its students again."""
    rows = [row async for row in sql.students_in_level(work.connection, school_id=work.school_id, level_id=level_id)]
    for row in rows:
        await reassess(work, row["student_id"], level_id)


async def reassess(work: Work, student_id: str, level_id: str) -> None:
    """Make the pending progression what the marks say.

    Complete: it comes to be, once. Complete no more, and nobody has acted: it goes away again.
    A level that the student is not in neither completes nor reopens.
    """
    student = await load_student(work.connection, work.school_id, student_id)
    level = await load_level(work.connection, work.school_id, level_id)
    assert student is not None
    assert level is not None
    progression = await load_progression(work.connection, work.school_id, student_id, level_id)
    complete = is_complete(
        await load_skills(work.connection, work.school_id, level_id),
        await load_marks(work.connection, work.school_id, student_id, level_id),
    )
    if complete and progression is None and student.level_id in (None, level_id):
        await _complete(work, student, level)
    elif not complete and progression is not None and nobody_acted(progression):
        await _reopen(work, progression)


def nobody_acted(progression: Progression) -> bool:
    return progression.certificate_waits and progression.level_change_waits


async def _complete(work: Work, student: Student, level: Level) -> None:
    mark = await sql.newest_mark(
        work.connection, school_id=work.school_id, student_id=student.student_id, level_id=level.level_id
    )
    progression = Progression(new_id(), student.student_id, level.level_id, mark["teacher_id"], True, True)
    await sql.add_progression(
        work.connection,
        school_id=work.school_id,
        progression_id=progression.progression_id,
        student_id=student.student_id,
        level_id=level.level_id,
        teacher_id=progression.teacher_id,
        completed_on=mark["marked_on"],
        now=work.now,
    )
    work.say(
        LevelCompleted(
            progression_id=progression.progression_id, student_id=student.student_id, level_id=level.level_id
        ),
        progression.progression_id,
    )
    if level.auto_issue:
        await _act_by_itself(work, progression, student, level)


async def _act_by_itself(work: Work, progression: Progression, student: Student, level: Level) -> None:
    """The level says that nobody has to press a button. What is blocked waits for a person all the same."""
    layout = await load_layout(work.connection, work.school_id, level.layout_id)
    if blocked(level, layout):
        return
    assert layout is not None
    await issue_level_certificate(work, progression, student, level, layout, requested_by=AUTOMATIC)
    if level.next_level_id and await load_level(work.connection, work.school_id, level.next_level_id):
        await change_level(work, progression, level.next_level_id, run_id=None)


async def _reopen(work: Work, progression: Progression) -> None:
    await sql.drop_progression(work.connection, progression_id=progression.progression_id)
    work.say(
        LevelReopened(
            progression_id=progression.progression_id,
            student_id=progression.student_id,
            level_id=progression.level_id,
        ),
        progression.progression_id,
    )


async def change_level(work: Work, progression: Progression, to_level_id: str, run_id: str | None) -> None:
    """Move the student up. Marks given ahead of time may complete the new level at once."""
    await sql.action_level_change(
        work.connection,
        progression_id=progression.progression_id,
        run_id=run_id,
        to_level_id=to_level_id,
        now=work.now,
    )
    await sql.move_student(
        work.connection, school_id=work.school_id, student_id=progression.student_id, to_level_id=to_level_id
    )
    work.say(
        LevelChanged(
            progression_id=progression.progression_id,
            student_id=progression.student_id,
            from_level_id=progression.level_id,
            to_level_id=to_level_id,
        ),
        progression.progression_id,
    )
    await reassess(work, progression.student_id, to_level_id)
