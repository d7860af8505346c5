"""One press of "Start Certificate Generation"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from contracts.certificates import SelectedCertificate, StartGeneration
from contracts.commands import RefusalReason
from services.progression.detection import change_level
from services.progression.domain import Progression, Refusal, blocked, objections, refuse
from services.progression.issuing import Request, issue, level_request, texts_of
from services.progression.store import (
    load_layout,
    load_level,
    load_progressions,
    load_student,
    load_teacher,
    sql,
)
from services.progression.work import Work


async def start_generation(work: Work, command: StartGeneration) -> None:
    """Issue all that is selected, or refuse with a reason for each that cannot be."""
    if not await _add_run(work, command):
        raise refuse("run_exists", f"The run “{command.run_id}” was started already.", "run_id")
    wanted = [certificate.progression_id for certificate in command.certificates]
    progressions = await load_progressions(work.connection, work.school_id, [*wanted, *command.level_changes])
    requests = await _requests(work, command, progressions)
    moves = await _moves(work, command, progressions)
    for request in requests:
        await issue(work, request)
    for progression, to_level_id in moves:
        await change_level(work, progression, to_level_id, command.run_id)


async def _add_run(work: Work, command: StartGeneration) -> bool:
    row = await sql.add_run(
        work.connection,
        school_id=work.school_id,
        run_id=command.run_id,
        requested_by=command.requested_by,
        issue_date=command.issue_date,
        email=command.email,
        send_after=command.send_after,
        now=work.now,
    )
    return row is not None


async def _requests(work: Work, command: StartGeneration, progressions: Mapping[str, Progression]) -> list[Request]:
    """A request for each selected certificate; Refusal with every reason where one cannot be issued."""
    requests: list[Request] = []
    reasons: list[RefusalReason] = []
    for n, selected in enumerate(command.certificates):
        path = f"certificates.{n}."
        try:
            request = await _request(work, command, selected, progressions.get(selected.progression_id), path)
        except Refusal as refusal:
            reasons.extend(refusal.reasons)
            continue
        reasons.extend(objections(request.layout, texts_of(work, request), path))
        requests.append(request)
    if reasons:
        raise Refusal(*reasons)
    return requests


async def _request(
    work: Work, command: StartGeneration, selected: SelectedCertificate, progression: Progression | None, path: str
) -> Request:
    where = f"{path}progression_id"
    if progression is None:
        raise refuse("unknown_progression", f"No progression “{selected.progression_id}” is pending.", where)
    if not progression.certificate_waits:
        raise refuse("already_issued", "The certificate of this progression has been issued already.", where)
    level = await load_level(work.connection, work.school_id, progression.level_id)
    student = await load_student(work.connection, work.school_id, progression.student_id)
    assert level is not None
    assert student is not None
    layout = await load_layout(work.connection, work.school_id, level.layout_id)
    if obstacle := blocked(level, layout):
        raise refuse(obstacle.code, obstacle.message, where)
    assert layout is not None
    teacher = await load_teacher(work.connection, work.school_id, selected.teacher_id or progression.teacher_id)
    if teacher is None:
        raise refuse("unknown_teacher", f"There is no teacher “{selected.teacher_id}”.", f"{path}teacher_id")
    return replace(
        level_request(work, progression, student, level, layout, teacher, requested_by=command.requested_by),
        run_id=command.run_id,
        notes=selected.notes,
        issue_date=command.issue_date,
        email=command.email,
        send_after=command.send_after,
    )


async def _moves(
    work: Work, command: StartGeneration, progressions: Mapping[str, Progression]
) -> list[tuple[Progression, str]]:
    """The selected level changes, each with the level it leads to; Refusal with every reason where one cannot be."""
    moves: list[tuple[Progression, str]] = []
    reasons: list[RefusalReason] = []
    for n, progression_id in enumerate(command.level_changes):
        try:
            moves.append(await _move(work, progression_id, progressions.get(progression_id), f"level_changes.{n}"))
        except Refusal as refusal:
            reasons.extend(refusal.reasons)
    if reasons:
        raise Refusal(*reasons)
    return moves


async def _move(work: Work, progression_id: str, progression: Progression | None, path: str) -> tuple[Progression, str]:
    if progression is None:
        raise refuse("unknown_progression", f"No progression “{progression_id}” is pending.", path)
    if not progression.level_change_waits:
        raise refuse("already_changed", "This level change has been made already.", path)
    level = await load_level(work.connection, work.school_id, progression.level_id)
    student = await load_student(work.connection, work.school_id, progression.student_id)
    assert level is not None
    assert student is not None
    if student.level_id not in (None, level.level_id):
        raise refuse("student_moved", f"The student is not in {level.name} any more.", path)
    if level.next_level_id is None:
        raise refuse("no_next_level", f"{level.name} is the last level: there is none to move up to.", path)
    if await load_level(work.connection, work.school_id, level.next_level_id) is None:
        raise refuse("unknown_level", f"{level.name} leads to “{level.next_level_id}”, which does not exist.", path)
    return progression, level.next_level_id
