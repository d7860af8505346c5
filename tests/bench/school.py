"""A school of any size: its levels told as commands, its many people put into progression's tables at once."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.envelope import new_id
from contracts.roster import PutLevel, PutSchool, PutTeacher, Skill
from deploy.school_system import SchoolSystem
from services.kit.postgres import load_queries
from tests.bench.awards import FAMILY, GIVEN, LAYOUT_ID
from tests.bench.system import Rows

TEACHER_ID = "teacher"
LEVEL_ID, NEXT_LEVEL_ID = "seahorse", "dolphin"
TICKS, SCALES = 6, 2
SKILL_IDS = tuple(f"skill{number}" for number in range(TICKS + SCALES))
"""Of either level: the ticks, then the scales."""
CHILDREN = 2
"""In each family, which has one guardian."""
ACCEPTED_WITHIN_S = 60.0

sql = load_queries("tests.bench")


async def found_school(school: SchoolSystem) -> None:
    """One teacher, and two levels of eight skills each, of which one leads to the other."""
    level = PutLevel(
        level_id=LEVEL_ID,
        name="Seahorse",
        position=1,
        next_level_id=NEXT_LEVEL_ID,
        layout_id=LAYOUT_ID,
        skills=tuple(_skill(number, skill_id) for number, skill_id in enumerate(SKILL_IDS)),
    )
    told = (
        PutSchool(name="Kauri Coast Swim School", time_zone="Pacific/Auckland"),
        PutTeacher(teacher_id=TEACHER_ID, name="Tama Walker"),
        level,
        level.model_copy(update={"level_id": NEXT_LEVEL_ID, "name": "Dolphin", "position": 2, "next_level_id": None}),
    )
    for command_id in await school.send(*((command, None) for command in told)):
        await school.until_accepted(command_id, ACCEPTED_WITHIN_S)


async def enrol(rows: Rows, school_id: str, count: int) -> list[str]:
    """That many students in the first level, and their families."""
    size = {"school_id": school_id, "students": count, "children": CHILDREN}
    async with rows.transaction():
        await sql.add_families(rows, **size)
        await sql.add_guardians(rows, **size)
        await sql.add_students(rows, **size, given_names=GIVEN, family_names=FAMILY, level_id=LEVEL_ID)
    await rows.execute("ANALYZE")
    return [f"s{number}" for number in range(count)]


async def complete(rows: Rows, school_id: str, student_ids: Sequence[str], level_id: str = LEVEL_ID) -> list[str]:
    """A pending progression for each of them, in their order."""
    progression_ids = [new_id() for _ in student_ids]
    await sql.add_progressions(
        rows,
        school_id=school_id,
        level_id=level_id,
        teacher_id=TEACHER_ID,
        progression_ids=progression_ids,
        student_ids=student_ids,
    )
    return progression_ids


def _skill(number: int, skill_id: str) -> Skill:
    return Skill(skill_id=skill_id, name=f"Skill {number}", kind="tick" if number < TICKS else "scale")
