"""Is the level complete? Decided in the transaction that stores what changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contracts.envelope import new_id
from contracts.progress import LevelChanged, LevelCompleted, LevelReopened
from services.progression.domain import AUTOMATIC, Level, Progression, Student, blocked, is_complete
from services.progression.issuing import issue_level_certificate
from services.progression.store import (
    Place,
    load_layout,
    load_level,
    load_levels,
    load_marks,
    load_newest_marks,
    load_progressions_of,
    load_skills,
    load_students,
    sql,
)
from services.progression.work import Work


async def reassess_level(work: Work, level_id: str) -> None:
    """The level's skills changed: look at each of its students again."""
    rows = sql.students_in_level(work.connection, school_id=work.school_id, level_id=level_id)
    await reassess(work, [(row["student_id"], level_id) async for row in rows])


async def reassess(work: Work, places: Sequence[Place]) -> None:
    """Make the pending progressions what the marks say.

    Complete: one comes to be, once. Complete no more, and nobody has acted: it goes away again.
    A level that the student is not in neither completes nor reopens.
    """
    for each_once in _rounds(places):
        standings = await _standings(work, each_once)
        for standing in standings:
            if standing.is_to_reopen:
                await _reopen(work, standing.progression)
        await _complete(work, [standing for standing in standings if standing.is_to_complete])


def _rounds(places: Sequence[Place]) -> Iterator[list[Place]]:
    """In their order; in one round each student is once."""
    current: dict[str, Place] = {}
    for student_id, level_id in places:
        if student_id in current:
            yield list(current.values())
            current = {}
        current[student_id] = (student_id, level_id)
    if current:
        yield list(current.values())


@dataclass(frozen=True, slots=True)
class _Standing:
    """One student in one level."""

    student: Student
    level: Level
    complete: bool
    progression: Progression | None

    @property
    def is_to_complete(self) -> bool:
        in_this_level = self.student.level_id in (None, self.level.level_id)
        return self.complete and self.progression is None and in_this_level

    @property
    def is_to_reopen(self) -> bool:
        return not self.complete and self.progression is not None and nobody_acted(self.progression)


async def _standings(work: Work, places: Sequence[Place]) -> list[_Standing]:
    where = (work.connection, work.school_id)
    level_ids = {level_id for _, level_id in places}
    students = await load_students(*where, (student_id for student_id, _ in places))
    levels = await load_levels(*where, level_ids)
    skills = await load_skills(*where, level_ids)
    progressions = await load_progressions_of(*where, places)
    marks = await load_marks(*where, places)
    return [
        _Standing(
            student=students[student_id],
            level=levels[level_id],
            complete=is_complete(skills[level_id], marks[student_id]),
            progression=progressions.get(student_id),
        )
        for student_id, level_id in places
    ]


def nobody_acted(progression: Progression) -> bool:
    return progression.certificate_waits and progression.level_change_waits


async def _complete(work: Work, standings: Sequence[_Standing]) -> None:
    if not standings:
        return
    places = [(standing.student.student_id, standing.level.level_id) for standing in standings]
    marks = await load_newest_marks(work.connection, work.school_id, places)
    progressions = [
        Progression(new_id(), student_id, level_id, marks[student_id].teacher_id, True, True)
        for student_id, level_id in places
    ]
    await sql.add_progressions(
        work.connection,
        school_id=work.school_id,
        progression_ids=[progression.progression_id for progression in progressions],
        student_ids=[progression.student_id for progression in progressions],
        level_ids=[progression.level_id for progression in progressions],
        teacher_ids=[progression.teacher_id for progression in progressions],
        dates=[marks[progression.student_id].marked_on for progression in progressions],
        now=work.now,
    )
    for standing, progression in zip(standings, progressions, strict=True):
        await _completed(work, standing, progression)


async def _completed(work: Work, standing: _Standing, progression: Progression) -> None:
    said = LevelCompleted(
        progression_id=progression.progression_id,
        student_id=progression.student_id,
        level_id=progression.level_id,
    )
    work.say(said, progression.progression_id, about=progression.student_id)
    if standing.level.auto_issue:
        await _act_by_itself(work, progression, standing.student, standing.level)


async def _act_by_itself(work: Work, progression: Progression, student: Student, level: Level) -> None:
    """The level says that nobody has to press a button. What is blocked waits for a person all the same."""
    layout = await load_layout(work.connection, work.school_id, level.layout_id)
    if blocked(level, layout):
        return
    assert layout is not None
    await issue_level_certificate(work, progression, student, level, layout, requested_by=AUTOMATIC)
    if level.next_level_id and await load_level(work.connection, work.school_id, level.next_level_id):
        await change_levels(work, [(progression, level.next_level_id)], run_id=None)


async def _reopen(work: Work, progression: Progression | None) -> None:
    assert progression is not None
    await sql.drop_progression(work.connection, progression_id=progression.progression_id)
    said = LevelReopened(
        progression_id=progression.progression_id,
        student_id=progression.student_id,
        level_id=progression.level_id,
    )
    work.say(said, progression.progression_id, about=progression.student_id)


async def change_levels(work: Work, moves: Sequence[tuple[Progression, str]], run_id: str | None) -> None:
    """Move the students up. Marks given ahead of time may complete the new level at once."""
    to_level_ids = [to_level_id for _, to_level_id in moves]
    await sql.action_level_changes(
        work.connection,
        progression_ids=[progression.progression_id for progression, _ in moves],
        to_level_ids=to_level_ids,
        run_id=run_id,
        now=work.now,
    )
    student_ids = [progression.student_id for progression, _ in moves]
    await sql.move_students(
        work.connection, school_id=work.school_id, student_ids=student_ids, to_level_ids=to_level_ids
    )
    for progression, to_level_id in moves:
        said = LevelChanged(
            progression_id=progression.progression_id,
            student_id=progression.student_id,
            from_level_id=progression.level_id,
            to_level_id=to_level_id,
        )
        # The same change is said anew where it was taken back before.
        again = [progression.taken_back] if progression.taken_back else []
        work.say(said, progression.progression_id, *again, about=progression.student_id)
    await reassess(work, list(zip(student_ids, to_level_ids, strict=True)))
