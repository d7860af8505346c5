"""One press of "Start Certificate Generation"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from contracts.certificates import SelectedCertificate, StartGeneration
from contracts.commands import RefusalReason
from services.progression.detection import change_levels
from services.progression.domain import (
    Layout,
    Level,
    Progression,
    Refusal,
    Student,
    Teacher,
    blocked,
    objections,
    refuse,
)
from services.progression.issuing import Request, issue, level_request, texts_of
from services.progression.store import (
    load_layouts,
    load_levels,
    load_progressions,
    load_students,
    load_teachers,
    sql,
)
from services.progression.work import Work


async def start_generation(work: Work, command: StartGeneration) -> None:
    """Issue all that is selected, or refuse with a reason for each that cannot be."""
    if not await _add_run(work, command):
        raise refuse("run_exists", f"The run “{command.run_id}” was started already.", "run_id")
    assessed = await assess(work, command)
    if assessed.reasons:
        raise Refusal(*assessed.reasons)
    if assessed.requests:
        await issue(work, assessed.requests)
    if assessed.moves:
        await change_levels(work, assessed.moves, command.run_id)


@dataclass(frozen=True, slots=True)
class Assessed:
    """What of a run can be done, and every reason why the rest cannot."""

    requests: Sequence[Request]
    moves: Sequence[tuple[Progression, str]]
    """The selected level changes, each with the level that it leads to."""
    reasons: Sequence[RefusalReason]
    progressions: Mapping[str, Progression]


async def assess(work: Work, command: StartGeneration) -> Assessed:
    """Nothing is changed. The progressions and students are locked until the transaction ends."""
    wanted = [certificate.progression_id for certificate in command.certificates]
    progressions = await load_progressions(work.connection, work.school_id, [*wanted, *command.level_changes])
    known = await _known_to(work, command, progressions.values())
    requests, missing = _requests(work, known, command, progressions)
    moves, stuck = _moves(known, command, progressions)
    return Assessed(requests, moves, (*missing, *stuck), progressions)


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


def _requests(
    work: Work, known: _Known, command: StartGeneration, progressions: Mapping[str, Progression]
) -> tuple[list[Request], list[RefusalReason]]:
    """A request for each selected certificate that can be issued, and every reason where one cannot."""
    requests: list[Request] = []
    reasons: list[RefusalReason] = []
    for n, selected in enumerate(command.certificates):
        path = f"certificates.{n}."
        try:
            request = _request(work, known, command, selected, progressions.get(selected.progression_id), path)
        except Refusal as refusal:
            reasons.extend(refusal.reasons)
            continue
        if unprintable := objections(request.layout, texts_of(work, request), path):
            reasons.extend(unprintable)
        else:
            requests.append(request)
    return requests, reasons


@dataclass(frozen=True, slots=True)
class _Known:
    """Whom and what the run's progressions are about, by id."""

    levels: Mapping[str, Level]
    next_levels: Mapping[str, Level]
    students: Mapping[str, Student]
    teachers: Mapping[str, Teacher]
    layouts: Mapping[str | None, Layout]


async def _known_to(work: Work, command: StartGeneration, progressions: Iterable[Progression]) -> _Known:
    progressions = list(progressions)
    chosen = [selected.teacher_id for selected in command.certificates if selected.teacher_id]
    where = (work.connection, work.school_id)
    levels = await load_levels(*where, (progression.level_id for progression in progressions))
    return _Known(
        levels=levels,
        next_levels=await load_levels(*where, filter(None, (level.next_level_id for level in levels.values()))),
        students=await load_students(*where, (progression.student_id for progression in progressions)),
        teachers=await load_teachers(*where, [*chosen, *(progression.teacher_id for progression in progressions)]),
        layouts=await load_layouts(*where, (level.layout_id for level in levels.values())),
    )


def _request(
    work: Work,
    known: _Known,
    command: StartGeneration,
    selected: SelectedCertificate,
    progression: Progression | None,
    path: str,
) -> Request:
    where = f"{path}progression_id"
    if progression is None:
        raise refuse("unknown_progression", f"No progression “{selected.progression_id}” is pending.", where)
    if not progression.certificate_waits:
        raise refuse("already_issued", "The certificate of this progression has been issued already.", where)
    level = known.levels[progression.level_id]
    student = known.students[progression.student_id]
    layout = known.layouts.get(level.layout_id)
    if obstacle := blocked(level, layout):
        raise refuse(obstacle.code, obstacle.message, where)
    assert layout is not None
    teacher = known.teachers.get(selected.teacher_id or progression.teacher_id)
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


def _moves(
    known: _Known, command: StartGeneration, progressions: Mapping[str, Progression]
) -> tuple[list[tuple[Progression, str]], list[RefusalReason]]:
    """The selected level changes that can be made, and every reason where one cannot."""
    moves: list[tuple[Progression, str]] = []
    reasons: list[RefusalReason] = []
    for n, progression_id in enumerate(command.level_changes):
        try:
            moves.append(_move(known, progression_id, progressions.get(progression_id), f"level_changes.{n}"))
        except Refusal as refusal:
            reasons.extend(refusal.reasons)
    return moves, reasons


def _move(known: _Known, progression_id: str, progression: Progression | None, path: str) -> tuple[Progression, str]:
    if progression is None:
        raise refuse("unknown_progression", f"No progression “{progression_id}” is pending.", path)
    if not progression.level_change_waits:
        raise refuse("already_changed", "This level change has been made already.", path)
    level, student = known.levels[progression.level_id], known.students[progression.student_id]
    if student.level_id not in (None, level.level_id):
        raise refuse("student_moved", f"The student is not in {level.name} any more.", path)
    if level.next_level_id is None:
        raise refuse("no_next_level", f"{level.name} is the last level: there is none to move up to.", path)
    if level.next_level_id not in known.next_levels:
        raise refuse("unknown_level", f"{level.name} leads to “{level.next_level_id}”, which does not exist.", path)
    return progression, level.next_level_id
