"""Rows as the domain's own things. Every statement is in `queries.sql`, under the name used here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contracts.rendering import LayoutField
from services.kit.postgres import Connection, load_queries
from services.progression.domain import Layout, Level, Progression, School, Skill, Student, Teacher

sql = load_queries("services.progression")


async def load_school(connection: Connection, school_id: str) -> School | None:
    row = await sql.school(connection, school_id=school_id)
    return School(**row) if row else None


async def load_student(connection: Connection, school_id: str, student_id: str) -> Student | None:
    """The student, locked until the transaction ends."""
    row = await sql.lock_student(connection, school_id=school_id, student_id=student_id)
    return Student(**row) if row else None


async def load_teacher(connection: Connection, school_id: str, teacher_id: str) -> Teacher | None:
    row = await sql.teacher(connection, school_id=school_id, teacher_id=teacher_id)
    return Teacher(**row) if row else None


async def load_level(connection: Connection, school_id: str, level_id: str) -> Level | None:
    row = await sql.level(connection, school_id=school_id, level_id=level_id)
    return Level(**row) if row else None


async def load_skills(connection: Connection, school_id: str, level_id: str) -> list[Skill]:
    return [Skill(**row) async for row in sql.skills(connection, school_id=school_id, level_id=level_id)]


async def load_marks(connection: Connection, school_id: str, student_id: str, level_id: str) -> dict[str, int]:
    rows = sql.marks(connection, school_id=school_id, student_id=student_id, level_id=level_id)
    return {row["skill_id"]: row["value"] async for row in rows}


async def load_layout(connection: Connection, school_id: str, layout_id: str | None) -> Layout | None:
    row = await sql.layout(connection, school_id=school_id, layout_id=layout_id)
    return layout_of(row["layout_id"], row["layout_version"], row["name"], row["fields"]) if row else None


def layout_of(layout_id: str, layout_version: int, name: str, fields: Sequence[dict[str, Any]]) -> Layout:
    return Layout(layout_id, layout_version, name, tuple(LayoutField.model_validate(field) for field in fields))


async def load_progression(
    connection: Connection, school_id: str, student_id: str, level_id: str
) -> Progression | None:
    row = await sql.progression_of(connection, school_id=school_id, student_id=student_id, level_id=level_id)
    return Progression(**row) if row else None


async def load_progressions(
    connection: Connection, school_id: str, progression_ids: Sequence[str]
) -> dict[str, Progression]:
    """By id, locked until the transaction ends."""
    rows = sql.lock_progressions(connection, school_id=school_id, progression_ids=list(progression_ids))
    return {row["progression_id"]: Progression(**row) async for row in rows}
