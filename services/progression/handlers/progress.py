"""Marks: those of many students, in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.commands import RefusalReason
from contracts.progress import RecordMarks
from services.progression.detection import reassess
from services.progression.domain import Level, Refusal, Skill, Student, Teacher, mark_value, moment_of, refuse
from services.progression.store import load_levels, load_skills, load_students, load_teachers, sql
from services.progression.work import Work


async def record_marks(work: Work, commands: Sequence[RecordMarks]) -> list[Refusal | None]:
    """Store the marks and decide which levels are complete now; for each command its refusal, if it is refused.

    Each command is about another student.
    """
    known = await _known_to(work, commands)
    refusals: list[Refusal | None] = []
    given: list[tuple[RecordMarks, str, int]] = []
    for command in commands:
        try:
            given += [(command, skill_id, value) for skill_id, value in _values(command, known).items()]
            refusals.append(None)
        except Refusal as refusal:
            refusals.append(refusal)
    await _put(work, given)
    accepted = [command for command, refusal in zip(commands, refusals, strict=True) if refusal is None]
    await reassess(work, [(command.student_id, command.level_id) for command in accepted])
    return refusals


@dataclass(frozen=True, slots=True)
class _Known:
    """Whom and what the commands are about, by id."""

    students: Mapping[str, Student]
    levels: Mapping[str, Level]
    teachers: Mapping[str, Teacher]
    skills: Mapping[str, Sequence[Skill]]


async def _known_to(work: Work, commands: Sequence[RecordMarks]) -> _Known:
    where = (work.connection, work.school_id)
    level_ids = {command.level_id for command in commands}
    return _Known(
        students=await load_students(*where, (command.student_id for command in commands)),
        levels=await load_levels(*where, level_ids),
        teachers=await load_teachers(*where, (command.teacher_id for command in commands)),
        skills=await load_skills(*where, level_ids),
    )


def _values(command: RecordMarks, known: _Known) -> dict[str, int]:
    """The marks as numbers by skill; Refusal naming what is unknown, or every mark that does not fit its skill."""
    if command.student_id not in known.students:
        raise refuse("unknown_student", f"There is no student “{command.student_id}”.", "student_id")
    if command.level_id not in known.levels:
        raise refuse("unknown_level", f"There is no level “{command.level_id}”.", "level_id")
    if command.teacher_id not in known.teachers:
        raise refuse("unknown_teacher", f"There is no teacher “{command.teacher_id}”.", "teacher_id")
    skills = {skill.skill_id: skill for skill in known.skills[command.level_id]}
    values: dict[str, int] = {}
    reasons = []
    for n, mark in enumerate(command.marks):
        skill = skills.get(mark.skill_id)
        if skill is None:
            message = f"The level “{command.level_id}” has no skill “{mark.skill_id}”."
            reasons.append(RefusalReason(code="unknown_skill", message=message, path=f"marks.{n}.skill_id"))
            continue
        try:
            values[skill.skill_id] = mark_value(skill, mark.value)
        except ValueError as error:
            reasons.append(RefusalReason(code="wrong_value", message=str(error), path=f"marks.{n}.value"))
    if reasons:
        raise Refusal(*reasons)
    return values


async def _put(work: Work, given: Sequence[tuple[RecordMarks, str, int]]) -> None:
    await sql.put_marks(
        work.connection,
        school_id=work.school_id,
        student_ids=[command.student_id for command, _, _ in given],
        level_ids=[command.level_id for command, _, _ in given],
        skill_ids=[skill_id for _, skill_id, _ in given],
        mark_values=[value for _, _, value in given],
        teacher_ids=[command.teacher_id for command, _, _ in given],
        dates=[command.marked_on for command, _, _ in given],
        moments=[moment_of(command.marked_at, work.now) for command, _, _ in given],
        now=work.now,
    )
