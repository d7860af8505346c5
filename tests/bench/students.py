"""A school in a running stack, with students who have mastered their level and wait for their certificates."""

from __future__ import annotations

import asyncio

from deploy.endpoints import Endpoints
from tests.bench.awards import FAMILY, GIVEN, LAYOUT_ID
from tests.school import SchoolSystem

PATIENCE_S = 60.0
FAMILY_ID, TEACHER_ID, LEVEL_ID, SKILL_ID = "family", "teacher", "level", "skill"


async def mastered_levels(endpoints: Endpoints, count: int) -> list[str]:
    """That many pending progressions, each of another student and ready to be issued."""
    school = await SchoolSystem.connect(endpoints.nats, endpoints.school)
    try:
        await _found(school)
        await asyncio.gather(*(_enrol(school, number) for number in range(count)))
        await asyncio.gather(*(_master(school, number) for number in range(count)))
        pending: list[str] = await school.until(lambda: _issuable(school, count), within=PATIENCE_S)
    finally:
        await school.close()
    return pending


async def _found(school: SchoolSystem) -> None:
    guardian = {"guardian_id": "guardian", "name": "Mere Ngata", "email": "mere@family.example"}
    skill = {"skill_id": SKILL_ID, "name": "Floats on the back", "kind": "tick"}
    level = {"level_id": LEVEL_ID, "name": "Seahorse", "position": 1, "layout_id": LAYOUT_ID, "skills": [skill]}
    await school.command("roster.cmd.put_school", {"name": "Kauri Coast Swim School", "time_zone": "Pacific/Auckland"})
    await school.command("roster.cmd.put_family", {"family_id": FAMILY_ID, "name": "Ngata", "guardians": [guardian]})
    await school.command("roster.cmd.put_teacher", {"teacher_id": TEACHER_ID, "name": "Tama Walker"})
    await school.command("roster.cmd.put_level", level)


async def _enrol(school: SchoolSystem, number: int) -> None:
    student = {
        "student_id": f"s{number}",
        "family_id": FAMILY_ID,
        "given_name": GIVEN[number % len(GIVEN)],
        "family_name": FAMILY[number % len(FAMILY)],
        "level_id": LEVEL_ID,
    }
    await school.command("roster.cmd.put_student", student)


async def _master(school: SchoolSystem, number: int) -> None:
    marks = {
        "student_id": f"s{number}",
        "level_id": LEVEL_ID,
        "teacher_id": TEACHER_ID,
        "marked_on": "2026-11-20",
        "marks": [{"skill_id": SKILL_ID, "value": True}],
    }
    await school.command("progress.cmd.record_marks", marks)


async def _issuable(school: SchoolSystem, count: int) -> list[str]:
    """Empty until all of them are there and nothing blocks them."""
    pending = (await school.ask("progression.query.pending"))["certificates"]
    ready = [str(row["progression_id"]) for row in pending if not row.get("blocked")]
    return ready if len(ready) == count else []
