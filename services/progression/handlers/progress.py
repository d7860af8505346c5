"""Marks."""

from __future__ import annotations

from contracts.commands import RefusalReason
from contracts.progress import RecordMarks
from services.progression.detection import reassess
from services.progression.domain import Refusal, Skill, mark_value, refuse
from services.progression.store import load_level, load_skills, load_student, load_teacher, sql
from services.progression.work import Work


async def record_marks(work: Work, command: RecordMarks) -> None:
    if await load_student(work.connection, work.school_id, command.student_id) is None:
        raise refuse("unknown_student", f"There is no student “{command.student_id}”.", "student_id")
    if await load_level(work.connection, work.school_id, command.level_id) is None:
        raise refuse("unknown_level", f"There is no level “{command.level_id}”.", "level_id")
    if await load_teacher(work.connection, work.school_id, command.teacher_id) is None:
        raise refuse("unknown_teacher", f"There is no teacher “{command.teacher_id}”.", "teacher_id")
    skills = await load_skills(work.connection, work.school_id, command.level_id)
    for skill_id, value in _values(command, skills).items():
        await sql.put_mark(
            work.connection,
            school_id=work.school_id,
            student_id=command.student_id,
            level_id=command.level_id,
            skill_id=skill_id,
            value=value,
            teacher_id=command.teacher_id,
            marked_on=command.marked_on,
            now=work.now,
        )
    await reassess(work, command.student_id, command.level_id)


def _values(command: RecordMarks, skills: list[Skill]) -> dict[str, int]:
    """The marks as numbers by skill; Refusal naming every one that does not fit its skill."""
    known = {skill.skill_id: skill for skill in skills}
    values: dict[str, int] = {}
    reasons = []
    for n, mark in enumerate(command.marks):
        skill = known.get(mark.skill_id)
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
