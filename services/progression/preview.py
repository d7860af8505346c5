"""What would come of a run if it was started now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

from contracts.certificates import StartGeneration
from contracts.commands import RefusalReason
from contracts.queries import LevelRef, StudentRef
from contracts.run_queries import Obstacle, RunPreview, Taken
from services.progression import views
from services.progression.domain import AUTOMATIC, Level, local_date
from services.progression.handlers.runs import Assessed, assess
from services.progression.issuing import Request
from services.progression.store import load_levels, sql
from services.progression.work import Work

TAKEN = {"already_issued", "already_changed"}


async def preview(work: Work, command: StartGeneration) -> RunPreview:
    assessed = await assess(work, command)
    students = {request.student.student_id: request.student for request in assessed.requests}
    families = {student.family_id for student in students.values()}
    rows = sql.families_with_address(work.connection, school_id=work.school_id, family_ids=list(families))
    addressed = {row["family_id"] async for row in rows}
    silent = [student.student_id for student in students.values() if student.family_id not in addressed]
    return RunPreview(
        certificates=len(assessed.requests),
        students=len(students),
        level_changes=len(assessed.moves),
        families=len(addressed),
        without_address=tuple((await _students(work, silent)).values()),
        today=_today(work, assessed.requests),
        obstacles=await _obstacles(work, command, assessed),
    )


def _today(work: Work, requests: Sequence[Request]) -> date:
    zones = {request.student.time_zone for request in requests}
    return local_date(work.now, zones.pop() if len(zones) == 1 else work.school.time_zone)


class _Place(NamedTuple):
    """Which part of which progression a reason is about."""

    part: Literal["certificate", "level_change"]
    progression_id: str


async def _obstacles(work: Work, command: StartGeneration, assessed: Assessed) -> tuple[Obstacle, ...]:
    if not assessed.reasons:
        return ()
    places = [_place(reason, command) for reason in assessed.reasons]
    known = [assessed.progressions[place.progression_id] for place in places if place and _is_there(place, assessed)]
    students = await _students(work, [progression.student_id for progression in known])
    levels = await load_levels(work.connection, work.school_id, (progression.level_id for progression in known))
    taken = await _taken(work, [place for place in places if place])
    return tuple(
        _obstacle(reason, place, assessed, students, levels, taken)
        for reason, place in zip(assessed.reasons, places, strict=True)
        if place
    )


def _place(reason: RefusalReason, command: StartGeneration) -> _Place | None:
    """`certificates.17.notes` is about the 18th certificate, `level_changes.2` about the third level change."""
    part, _, rest = (reason.path or "").partition(".")
    n = rest.partition(".")[0]
    if not n.isdigit():
        return None
    if part == "certificates":
        return _Place("certificate", command.certificates[int(n)].progression_id)
    return _Place("level_change", command.level_changes[int(n)])


def _is_there(place: _Place, assessed: Assessed) -> bool:
    return place.progression_id in assessed.progressions


def _obstacle(
    reason: RefusalReason,
    place: _Place,
    assessed: Assessed,
    students: Mapping[str, StudentRef],
    levels: Mapping[str, Level],
    taken: Mapping[_Place, Taken],
) -> Obstacle:
    progression = assessed.progressions.get(place.progression_id)
    level = levels[progression.level_id] if progression else None
    return Obstacle(
        part=place.part,
        progression_id=place.progression_id,
        code=reason.code,
        message=reason.message,
        student=students[progression.student_id] if progression else None,
        level=LevelRef(level_id=level.level_id, name=level.name) if level else None,
        taken=taken.get(place) if reason.code in TAKEN else None,
    )


async def _students(work: Work, student_ids: Sequence[str]) -> dict[str, StudentRef]:
    rows = sql.students_named(work.connection, school_id=work.school_id, student_ids=list(set(student_ids)))
    return {row["student_id"]: views.student_ref(row) async for row in rows}


async def _taken(work: Work, places: Sequence[_Place]) -> dict[_Place, Taken]:
    """Who has acted on these parts before."""
    wanted = {"school_id": work.school_id, "progression_ids": [place.progression_id for place in places]}
    issued = [row async for row in sql.who_issued(work.connection, **wanted)]
    moved = [row async for row in sql.who_moved(work.connection, **wanted, otherwise=AUTOMATIC)]
    return {
        **{_Place("certificate", row["progression_id"]): Taken(**row) for row in issued},
        **{_Place("level_change", row["progression_id"]): Taken(**row) for row in moved},
    }
