"""Many families, teachers, levels and students at once: all of them, or none."""

from __future__ import annotations

from contracts.roster import ImportRoster, PutStudent
from services.kit.telemetry import get_logger
from services.progression.detection import reassess
from services.progression.domain import Refusal
from services.progression.importing import Change, Decision, decided
from services.progression.roster_store import load_known, put_families, put_levels, put_students, put_teachers
from services.progression.store import Place, load_students, sql
from services.progression.work import Work

MOST_REASONS = 50
"""Enough to mend a file by; the check that comes before an import lists more."""


async def import_roster(work: Work, command: ImportRoster) -> None:
    where = (work.connection, work.school_id)
    # Held until all is put, so that nobody moves up a level meanwhile.
    await load_students(*where, (student.student_id for student in command.students))
    decision = decided(command, await load_known(*where, command))
    if decision.problems:
        raise Refusal(*decision.problems[:MOST_REASONS])
    levels = decision.changed_levels()
    with_skills = [change.now for change in levels if change.differs_in("skills")]
    await put_levels(*where, [change.now for change in levels], with_skills)
    await put_teachers(*where, [change.now for change in decision.teachers if change.is_one])
    await put_families(*where, [change.now for change in decision.families if change.is_one])
    await put_students(*where, [change.now for change in decision.changed_students()])
    await reassess(work, await _to_look_at_again(work, decision))
    get_logger().info("roster_imported", levels=len(levels), students=len(decision.changed_students()))


async def _to_look_at_again(work: Work, decision: Decision) -> list[Place]:
    """Who is in another level now, and everybody in a level whose skills are others."""
    moved = [_place(change) for change in decision.changed_students() if change.differs_in("level_id")]
    level_ids = [change.now.level_id for change in decision.changed_levels() if change.differs_in("skills")]
    rows = sql.students_in_levels(work.connection, school_id=work.school_id, level_ids=level_ids)
    there = [(row["student_id"], row["level_id"]) async for row in rows]
    return sorted({place for place in moved if place is not None} | set(there))


def _place(change: Change[PutStudent]) -> Place | None:
    level_id = change.now.level_id
    return (change.now.student_id, level_id) if level_id else None
