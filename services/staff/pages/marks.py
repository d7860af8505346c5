"""Marking a class: ticks and scales for each student.

With script each is saved as it is touched (touched.py); without it there is one "Save marks" for all of them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.responses import Response

from contracts.catalogue import CLASS, TEACHERS
from contracts.commands import RefusalReason
from contracts.envelope import new_id
from contracts.progress import RecordMarks
from contracts.queries import AskClass, ClassProgress, CommandOutcome, Everything, SkillProgress, StudentProgress
from services.staff.forms import Unusable
from services.staff.marking import Marking
from services.staff.visit import NotFound, Visit, see

NOTHING_CHANGED = RefusalReason(code="nothing_changed", message="No mark was changed, so there is nothing to save.")


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def save(visit: Visit) -> Response:
    marking = Marking.of(await visit.form())
    try:
        commands = marking.commands()
    except Unusable as unusable:
        return await _page(visit, marking, unusable.reasons)
    if not commands:
        return await _page(visit, marking, [NOTHING_CHANGED])
    outcomes = await asyncio.gather(*(_record(visit, marking, command) for command in commands))
    reasons = [reason for outcome in outcomes for reason in outcome.reasons]
    if reasons:
        return await _page(visit, marking, reasons)
    return see(_address(visit, marking, commands, outcomes))


async def _record(visit: Visit, marking: Marking, command: RecordMarks) -> CommandOutcome:
    command_id = marking.command_id(visit.desk.school_id, command)
    await visit.desk.command(command, command_id)
    return await visit.desk.outcome(command_id)


def _address(
    visit: Visit, marking: Marking, commands: Sequence[RecordMarks], outcomes: Sequence[CommandOutcome]
) -> str:
    """The class again, with who was marked: by id, since a name does not belong in an address."""
    query = {
        **{name: visit.request.query_params[name] for name in ("name", "venue") if name in visit.request.query_params},
        "teacher": marking.teacher_id,
        "saved": ".".join(command.student_id for command in commands),
        **({} if all(outcome.state == "accepted" for outcome in outcomes) else {"waiting": ""}),
    }
    return f"/class?{urlencode(query)}"


async def _page(visit: Visit, marking: Marking | None = None, reasons: Sequence[RefusalReason] = ()) -> Response:
    asked = visit.request.query_params
    if not asked.get("name"):
        raise NotFound
    about = AskClass(class_name=asked["name"], venue_id=visit.id_asked_for("venue"))
    found, teachers = await asyncio.gather(visit.desk.ask(CLASS, about), visit.desk.ask(TEACHERS, Everything()))
    return await visit.page(
        "marks.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if reasons else HTTPStatus.OK,
        found=found,
        teachers=teachers.teachers,
        teacher_id=marking.teacher_id if marking else visit.id_asked_for("teacher"),
        marked_on=marking.marked_on if marking else found.today.isoformat(),
        fields=_fields(found, marking),
        saved=_among(found.students, asked.get("saved", "")),
        waiting="waiting" in asked,
        reasons=reasons,
        form_id=new_id(),
        called=_called(found.students),
        now_ms=int(datetime.now(UTC).timestamp() * 1000),
    )


def recorded(skill: SkillProgress) -> str:
    """A mark as the page's fields say it: a tick is `on` or empty, a scale its number or empty."""
    if skill.kind == "tick":
        return "on" if skill.value else ""
    return "" if skill.value is None else str(skill.value)


def _called(students: Sequence[StudentProgress]) -> dict[str, str]:
    """What each is called at the poolside: the first name, where no other in the class has the same."""
    first = {each.student.student_id: each.student.name.split(" ")[0] for each in students}
    times = Counter(first.values())
    full = {each.student.student_id: each.student.name for each in students}
    return {student_id: name if times[name] == 1 else full[student_id] for student_id, name in first.items()}


def _fields(found: ClassProgress, marking: Marking | None) -> dict[str, tuple[str, str]]:
    """By field name, what was recorded and what stands there now."""
    fields = {}
    for progress in found.students:
        for skill in progress.skills:
            name, was = f"{skill.kind}-{progress.student.student_id}.{skill.skill_id}", recorded(skill)
            fields[name] = (was, marking.typed(name) if marking else was)
    return fields


def _among(students: Sequence[StudentProgress], ids: str) -> list[StudentProgress]:
    wanted = set(ids.split("."))
    return [progress for progress in students if progress.student.student_id in wanted]
