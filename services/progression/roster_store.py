"""The roster by the lot: a few statements, however many it is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from contracts.base import Body
from contracts.roster import Guardian, ImportRoster, PutFamily, PutLevel, PutStudent, PutTeacher, Skill
from services.kit.postgres import Connection
from services.progression.importing import Known
from services.progression.store import sql


async def load_known(connection: Connection, school_id: str, command: ImportRoster) -> Known:
    """All that the command's decision looks at."""
    where = (connection, school_id)
    levels = await load_ladder(*where)
    students = await load_students_as_put(*where, (student.student_id for student in command.students))
    families = {family.family_id for family in command.families}
    families |= {student.family_id for student in (*command.students, *students)}
    layout_ids = [level.layout_id for level in (*command.levels, *levels) if level.layout_id]
    layouts = sql.layouts_by_id(connection, school_id=school_id, layout_ids=layout_ids)
    teachers = await load_teachers_as_put(*where, (teacher.teacher_id for teacher in command.teachers))
    return Known(
        levels={level.level_id: level for level in levels},
        teachers={teacher.teacher_id: teacher for teacher in teachers},
        families={family.family_id: family for family in await load_families_as_put(*where, families)},
        students={student.student_id: student for student in students},
        venues=frozenset([row["venue_id"] async for row in sql.venues(connection, school_id=school_id)]),
        layouts=frozenset([row["layout_id"] async for row in layouts]),
    )


async def load_ladder(connection: Connection, school_id: str) -> list[PutLevel]:
    """Every level with its skills, in the order of the ladder."""
    rows = [row async for row in sql.all_levels(connection, school_id=school_id)]
    skills: dict[str, list[Skill]] = defaultdict(list)
    async for row in sql.skills(connection, school_id=school_id, level_ids=[row["level_id"] for row in rows]):
        skills[row["level_id"]].append(
            Skill.model_construct(skill_id=row["skill_id"], name=row["name"], kind=row["kind"])
        )
    # Made without checking: they were checked when they were put.
    return [PutLevel.model_construct(**row, skills=tuple(skills[row["level_id"]])) for row in rows]


async def load_teachers_as_put(connection: Connection, school_id: str, ids: Iterable[str]) -> list[PutTeacher]:
    rows = sql.teachers_by_id(connection, school_id=school_id, teacher_ids=list(ids))
    return [PutTeacher.model_construct(**row) async for row in rows]


async def load_families_as_put(connection: Connection, school_id: str, ids: Iterable[str]) -> list[PutFamily]:
    wanted = {"school_id": school_id, "family_ids": list(ids)}
    guardians: dict[str, list[Guardian]] = defaultdict(list)
    async for row in sql.guardians_by_family(connection, **wanted):
        said = {name: row[name] for name in Guardian.model_fields}
        guardians[row["family_id"]].append(Guardian.model_construct(**said))
    rows = sql.families_by_id(connection, **wanted)
    return [PutFamily.model_construct(**row, guardians=tuple(guardians[row["family_id"]])) async for row in rows]


async def load_students_as_put(connection: Connection, school_id: str, ids: Iterable[str]) -> list[PutStudent]:
    rows = sql.students_by_id(connection, school_id=school_id, student_ids=list(ids))
    return [PutStudent.model_construct(**row) async for row in rows]


async def put_levels(
    connection: Connection, school_id: str, levels: Sequence[PutLevel], with_skills: Sequence[PutLevel]
) -> None:
    """`with_skills`: those whose skills are others now."""
    columns = _columns(levels, "level_id", "name", "position", "next_level_id", "layout_id", "auto_issue")
    await sql.put_levels(connection, school_id=school_id, **columns)
    await sql.drop_skills_of(connection, school_id=school_id, level_ids=[level.level_id for level in with_skills])
    skills = [(level.level_id, n, skill) for level in with_skills for n, skill in enumerate(level.skills)]
    await sql.add_skills(
        connection,
        school_id=school_id,
        level_ids=[level_id for level_id, _, _ in skills],
        positions=[n for _, n, _ in skills],
        **_columns([skill for _, _, skill in skills], "skill_id", "name", "kind"),
    )


async def put_teachers(connection: Connection, school_id: str, teachers: Sequence[PutTeacher]) -> None:
    await sql.put_teachers(connection, school_id=school_id, **_columns(teachers, "teacher_id", "name"))


async def put_families(connection: Connection, school_id: str, families: Sequence[PutFamily]) -> None:
    columns = _columns(families, "family_id", "name")
    await sql.put_families(connection, school_id=school_id, **columns)
    await sql.drop_guardians_of(connection, school_id=school_id, family_ids=columns["family_ids"])
    guardians = [(family.family_id, n, guardian) for family in families for n, guardian in enumerate(family.guardians)]
    await sql.add_guardians(
        connection,
        school_id=school_id,
        family_ids=[family_id for family_id, _, _ in guardians],
        positions=[n for _, n, _ in guardians],
        **_columns([guardian for _, _, guardian in guardians], "guardian_id", "name", "email", "locale"),
    )


async def put_students(connection: Connection, school_id: str, students: Sequence[PutStudent]) -> None:
    await sql.put_students(connection, school_id=school_id, **_columns(students, *PutStudent.model_fields))


def _columns(bodies: Sequence[Body], *fields: str) -> dict[str, list[Any]]:
    """Each field of all of them, under its name in the plural."""
    return {f"{name}s": [getattr(body, name) for body in bodies] for name in fields}
