"""A child is erased: here at once, everywhere else by being told, and a receipt that names nobody."""

from __future__ import annotations

import hashlib
import re

from contracts.catalogue import TYPE_OF
from contracts.envelope import new_id
from contracts.erasure import Confirmed, Erased, EraseStudent
from services.kit.holdings import Whose, erase
from services.kit.postgres import Connection
from services.progression.domain import Student, printed_name, refuse
from services.progression.holdings import HOLDINGS
from services.progression.store import load_student, sql
from services.progression.traces import Traces
from services.progression.work import Work

LATE = 3
"""The round after the two that the receipt waits for."""
FORGOTTEN = [{"code": "erased", "message": "The reason told of a child who has been erased."}]


async def erase_student(work: Work, command: EraseStudent) -> None:
    student = await load_student(work.connection, work.school_id, command.student_id)
    if student is None:
        raise refuse("unknown_student", f"There is no student “{command.student_id}”.", "student_id")
    traces = await _traces_of(work, student)
    _names_nobody(command, student, traces)
    erasure_id = command.erasure_id or new_id()
    if await sql.erasure(work.connection, school_id=work.school_id, erasure_id=erasure_id):
        raise refuse("erasure_exists", "This erasure has been asked for already.", "erasure_id")
    removed = await _erase(work, traces)
    await _write_receipt(work, command, erasure_id, traces, removed)
    work.say(told(erasure_id, 1, traces), erasure_id, 1, 1)


def told(erasure_id: str, round_: int, traces: Traces) -> Erased:
    return Erased(
        erasure_id=erasure_id,
        round=round_,
        student_id=next(iter(traces.students)),
        certificate_ids=tuple(sorted(traces.certificates)),
        family_id=next(iter(traces.families), None),
        guardian_ids=tuple(sorted(traces.guardians)),
    )


async def confirmed(work: Work, event: Confirmed) -> None:
    """What was said first counts: a repeat finds nothing left, and would count nothing."""
    await sql.confirm_erasure(
        work.connection,
        school_id=work.school_id,
        erasure_id=event.erasure_id,
        service=TYPE_OF[type(event)].area,
        round=event.round,
        now=work.now,
        removed=event.removed,
    )


async def erase_what_was_printed_late(work: Work, certificate_ids: list[str]) -> None:
    """A paper that was being printed when its child was erased lies in the store now: it goes too."""
    rows = sql.erased_among(work.connection, school_id=work.school_id, certificate_ids=certificate_ids)
    async for row in rows:
        late = Erased(erasure_id=row["erasure_id"], round=LATE, certificate_ids=(row["certificate_id"],))
        work.say(late, row["erasure_id"], row["certificate_id"], work.now)


async def _traces_of(work: Work, student: Student) -> Traces:
    """All by which the child is known; the family's too, where it has no other child."""
    child = {"school_id": work.school_id, "student_id": student.student_id}
    certificates = [row async for row in sql.lock_certificates_of_student(work.connection, **child)]
    ids = [row["certificate_id"] for row in certificates]
    printed = sql.names_printed(work.connection, school_id=work.school_id, certificate_ids=ids)
    progressions = {row["progression_id"] async for row in sql.progression_ids_of(work.connection, **child)}
    names = {row["recipient_name"] async for row in printed}
    traces = Traces(
        students=frozenset({student.student_id}),
        certificates=frozenset(ids),
        progressions=frozenset(progressions | {row["progression_id"] for row in certificates} - {None}),
        names=frozenset(names | _names_of(student)),
    )
    return traces | await _of_the_family(work, student)


def _names_of(student: Student) -> set[str]:
    given = printed_name(student.given_name, student.family_name, None)
    plain = {f"{first} {student.family_name}" for first in (student.given_name, student.preferred_name) if first}
    return {student.name, given, *plain}


async def _of_the_family(work: Work, student: Student) -> Traces:
    family = {"school_id": work.school_id, "family_id": student.family_id}
    if await sql.family_has_another_child(work.connection, **family, student_id=student.student_id):
        return Traces()
    guardians = [row["guardian_id"] async for row in sql.guardians_of_this_family_alone(work.connection, **family)]
    return Traces(families=frozenset({student.family_id}), guardians=frozenset(guardians))


def _names_nobody(command: EraseStudent, student: Student, traces: Traces) -> None:
    """The receipt keeps the reason: it is the one place where the name could stay."""
    words = (command.reason or "").casefold()
    parts = {student.given_name, student.family_name, student.preferred_name or "", student.student_id, *traces.names}
    if any(re.search(rf"(?<!\w){re.escape(part.casefold())}(?!\w)", words) for part in parts if part):
        told = "The reason is kept with the receipt, which names nobody: leave the child's name and id out of it."
        raise refuse("reason_names_the_child", told, "reason")


async def _erase(work: Work, traces: Traces) -> dict[str, int]:
    await work.connection.execute("SELECT set_config('laurel.erasing', 'on', true)")
    whose: Whose = {
        "student_id": sorted(traces.students),
        "certificate_id": sorted(traces.certificates),
        "family_id": sorted(traces.families),
    }
    removed = await erase(work.connection, work.school_id, HOLDINGS, whose)
    await forget_refusals(work.connection, work.school_id, traces)
    await _leave_unsaid(work, traces)
    return removed


async def forget_refusals(connection: Connection, school_id: str, traces: Traces) -> None:
    """Of what was refused the reasons that quote the child."""
    await sql.forget_reasons(connection, school_id=school_id, words=sorted(traces.words), reasons=FORGOTTEN)


async def _leave_unsaid(work: Work, traces: Traces) -> None:
    """What is committed about the child and not published yet is not published any more."""
    rows = sql.lock_outbox(work.connection, school_id=work.school_id)
    unsaid = [row["seq"] async for row in rows if traces.tells_of(row["body"])]
    await sql.drop_from_outbox(work.connection, seqs=unsaid)


async def _write_receipt(
    work: Work, command: EraseStudent, erasure_id: str, traces: Traces, removed: dict[str, int]
) -> None:
    receipt = {"school_id": work.school_id, "erasure_id": erasure_id}
    await sql.add_erasure(
        work.connection,
        **receipt,
        student_sha256=hashlib.sha256(f"{work.school_id}/{command.student_id}".encode()).digest(),
        now=work.now,
        requested_by=command.requested_by,
        reason=command.reason,
        removed=removed,
        traces=traces.kept(),
    )
    await sql.remember_erased(work.connection, **receipt, certificate_ids=sorted(traces.certificates))
