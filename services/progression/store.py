"""Rows as the domain's own things. Every statement is in `queries.sql`, under the name used here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeAlias

from contracts.rendering import LayoutField, LayoutPublished
from services.kit.postgres import Connection, load_queries
from services.progression.domain import Layout, Level, Progression, School, Skill, Student, Teacher

sql = load_queries("services.progression")


class NewestMark(NamedTuple):
    teacher_id: str
    marked_on: date


async def load_school(connection: Connection, school_id: str) -> School | None:
    row = await sql.school(connection, school_id=school_id)
    return School(**row) if row else None


async def load_students(connection: Connection, school_id: str, student_ids: Iterable[str]) -> dict[str, Student]:
    """By id, locked until the transaction ends."""
    rows = sql.lock_students(connection, school_id=school_id, student_ids=list(set(student_ids)))
    return {row["student_id"]: Student(**row) async for row in rows}


async def load_student(connection: Connection, school_id: str, student_id: str) -> Student | None:
    return (await load_students(connection, school_id, [student_id])).get(student_id)


async def load_teachers(connection: Connection, school_id: str, teacher_ids: Iterable[str]) -> dict[str, Teacher]:
    rows = sql.teachers_by_id(connection, school_id=school_id, teacher_ids=list(set(teacher_ids)))
    return {row["teacher_id"]: Teacher(**row) async for row in rows}


async def load_teacher(connection: Connection, school_id: str, teacher_id: str) -> Teacher | None:
    return (await load_teachers(connection, school_id, [teacher_id])).get(teacher_id)


async def load_levels(connection: Connection, school_id: str, level_ids: Iterable[str]) -> dict[str, Level]:
    rows = sql.levels_by_id(connection, school_id=school_id, level_ids=list(set(level_ids)))
    return {row["level_id"]: Level(**row) async for row in rows}


async def load_level(connection: Connection, school_id: str, level_id: str) -> Level | None:
    return (await load_levels(connection, school_id, [level_id])).get(level_id)


async def load_skills(connection: Connection, school_id: str, level_ids: Iterable[str]) -> dict[str, list[Skill]]:
    """By level, in their order."""
    found: dict[str, list[Skill]] = defaultdict(list)
    async for row in sql.skills(connection, school_id=school_id, level_ids=list(set(level_ids))):
        found[row["level_id"]].append(Skill(row["skill_id"], row["name"], row["kind"]))
    return found


async def load_layouts(
    connection: Connection, school_id: str, layout_ids: Iterable[str | None]
) -> dict[str | None, Layout]:
    wanted = [layout_id for layout_id in set(layout_ids) if layout_id is not None]
    rows = sql.layouts_by_id(connection, school_id=school_id, layout_ids=wanted)
    return {
        row["layout_id"]: layout_of(row["layout_id"], row["layout_version"], row["name"], row["fields"])
        async for row in rows
    }


async def load_layout(connection: Connection, school_id: str, layout_id: str | None) -> Layout | None:
    return (await load_layouts(connection, school_id, [layout_id])).get(layout_id)


async def put_layout(connection: Connection, school_id: str, layout: LayoutPublished) -> None:
    """The newest version counts, in whatever order they are told."""
    await sql.put_layout(
        connection,
        school_id=school_id,
        layout_id=layout.layout_id,
        layout_version=layout.layout_version,
        name=layout.name,
        fields=[field.model_dump() for field in layout.fields],
    )


def layout_of(layout_id: str, layout_version: int, name: str, fields: Sequence[dict[str, Any]]) -> Layout:
    return Layout(layout_id, layout_version, name, tuple(LayoutField.model_validate(field) for field in fields))


Place: TypeAlias = tuple[str, str]
"""A student in a level: (student_id, level_id)."""


async def load_marks(connection: Connection, school_id: str, places: Sequence[Place]) -> dict[str, dict[str, int]]:
    """The values by skill, by student; each student is in one place."""
    found: dict[str, dict[str, int]] = {student_id: {} for student_id, _ in places}
    async for row in sql.marks(connection, school_id=school_id, **_columns(places)):
        found[row["student_id"]][row["skill_id"]] = row["value"]
    return found


async def load_progressions_of(
    connection: Connection, school_id: str, places: Sequence[Place]
) -> dict[str, Progression]:
    """By student, each of whom is in one place; locked until the transaction ends."""
    rows = sql.progressions_of(connection, school_id=school_id, **_columns(places))
    return {row["student_id"]: Progression(**row) async for row in rows}


async def load_newest_marks(connection: Connection, school_id: str, places: Sequence[Place]) -> dict[str, NewestMark]:
    """By student, each of whom is in one place: who marked last, and the date of it."""
    rows = sql.newest_marks(connection, school_id=school_id, **_columns(places))
    return {row["student_id"]: NewestMark(row["teacher_id"], row["marked_on"]) async for row in rows}


def _columns(places: Sequence[Place]) -> dict[str, list[str]]:
    return {"student_ids": [student for student, _ in places], "level_ids": [level for _, level in places]}


async def load_progressions(
    connection: Connection, school_id: str, progression_ids: Sequence[str]
) -> dict[str, Progression]:
    """By id, locked until the transaction ends."""
    rows = sql.lock_progressions(connection, school_id=school_id, progression_ids=list(progression_ids))
    return {row["progression_id"]: Progression(**row) async for row in rows}
