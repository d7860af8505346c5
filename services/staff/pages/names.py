"""The name that a pending certificate will be printed with, corrected where it is reviewed."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from starlette.responses import Response

from contracts.catalogue import PENDING
from contracts.commands import RefusalReason
from contracts.envelope import id_from, new_id
from contracts.queries import AskPending, StudentRef
from contracts.roster import SetPreferredName
from services.staff.forms import Unusable, read_as, text
from services.staff.listing import all_that_waits
from services.staff.visit import NotFound, Visit, see


async def show(visit: Visit) -> Response:
    student = await _student(visit)
    saved = "saved" in visit.request.query_params
    return await _page(visit, student, student.preferred_name or student.given_name or "", saved=saved)


async def save(visit: Visit) -> Response:
    """A first name as it is to be printed; the given name itself, or nothing, takes an earlier wish back."""
    student = await _student(visit)
    form = await visit.form()
    typed = text(form, "preferred_name")
    wish = "" if typed == student.given_name else typed
    try:
        command = read_as(SetPreferredName, {"student_id": student.student_id, "preferred_name": wish})
    except Unusable as unusable:
        return await _page(visit, student, typed, unusable.reasons)
    command_id = id_from("set_preferred_name", visit.desk.school_id, text(form, "form_id"))
    await visit.desk.command(command, command_id)
    outcome = await visit.desk.outcome(command_id)
    if outcome.state == "refused":
        return await _page(visit, student, typed, outcome.reasons)
    return see(f"{visit.request.url.path}?saved")


async def _student(visit: Visit) -> StudentRef:
    progression_id = visit.id_in_path("progression_id")
    waiting = all_that_waits(await visit.desk.ask(PENDING, AskPending(progression_ids=(progression_id,))))
    for row in waiting:
        if row.progression_id == progression_id:
            return row.student
    raise NotFound


async def _page(
    visit: Visit, student: StudentRef, typed: str, reasons: Sequence[RefusalReason] = (), *, saved: bool = False
) -> Response:
    return await visit.page(
        "pending_name.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if reasons else HTTPStatus.OK,
        student=student,
        typed=typed,
        saved=saved,
        reasons=[reason.message for reason in reasons],
        progression_id=visit.id_in_path("progression_id"),
        form_id=new_id(),
    )
