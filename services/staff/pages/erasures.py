"""A child is erased: asked for, after saying what goes; and the receipts, on which each service confirms."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from starlette.responses import Response

from contracts.catalogue import ERASURES, FAMILY_EXPORT, STUDENT
from contracts.commands import RefusalReason
from contracts.envelope import id_from, new_id
from contracts.erasure import AskErasures, AskFamilyExport, EraseStudent
from contracts.queries import AskStudent, StudentPage
from services.kit.broker import QueryRefused
from services.staff.forms import Unusable, read_as, text
from services.staff.packs.packs import Packs
from services.staff.uploads import Uploads
from services.staff.visit import NotFound, Visit, is_missing, see

NOT_THE_NAME = RefusalReason(code="not_the_name", message="Type the child's whole name, as it stands above.")


async def show_all(visit: Visit) -> Response:
    receipts = await visit.desk.ask(ERASURES, AskErasures())
    return await visit.page("erasures.html", erasures=receipts.erasures)


async def show(visit: Visit) -> Response:
    """The receipt, looked at again until all have confirmed. It may be asked for before the records have it."""
    asked = AskErasures(erasure_id=str(visit.request.path_params["erasure_id"]))
    found = (await visit.desk.ask(ERASURES, asked)).erasures
    return await visit.page("erasure.html", erasure=found[0] if found else None)


async def ask(visit: Visit) -> Response:
    return await _page(visit, await _student(visit))


class Erasing:
    def __init__(self, packs: Packs, uploads: Uploads) -> None:
        """Where this web itself keeps something of children, for minutes."""
        self._packs = packs
        self._uploads = uploads

    async def erase(self, visit: Visit) -> Response:
        """One form is one erasure: its id was in the form."""
        form = await visit.form()
        try:
            page = await _student(visit)
        except QueryRefused as refusal:
            return await _sent_once_more(visit, text(form, "erasure_id"), refusal)
        student = page.progress.student
        reason = text(form, "reason")
        if _plain(text(form, "name")) != _plain(student.name):
            return await _page(visit, page, reason, [NOT_THE_NAME])
        typed = {"student_id": student.student_id, "reason": reason, "erasure_id": text(form, "erasure_id")}
        try:
            command = read_as(EraseStudent, {**typed, "requested_by": visit.desk.person.called})
        except Unusable as unusable:
            return await _page(visit, page, reason, unusable.reasons)
        command_id = id_from("erase_student", visit.desk.school_id, command.erasure_id)
        await visit.desk.command(command, command_id)
        outcome = await visit.desk.outcome(command_id)
        if outcome.state == "refused":
            return await _page(visit, page, reason, outcome.reasons)
        self._packs.forget_school(visit.desk.school_id)
        await self._uploads.forget_student(visit.desk.school_id, student.student_id)
        return see(f"/erasures/{command.erasure_id}")


async def _student(visit: Visit) -> StudentPage:
    return await visit.desk.ask(STUDENT, AskStudent(student_id=visit.id_in_path("student_id")))


async def _sent_once_more(visit: Visit, erasure_id: str, refusal: QueryRefused) -> Response:
    """There is no such child: because of this very form, maybe."""
    try:
        receipt = read_as(AskErasures, {"erasure_id": erasure_id})
    except Unusable as unusable:
        raise NotFound from unusable
    if receipt.erasure_id and is_missing(refusal) and (await visit.desk.ask(ERASURES, receipt)).erasures:
        return see(f"/erasures/{erasure_id}")
    raise refusal


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


async def _page(visit: Visit, page: StudentPage, reason: str = "", reasons: Sequence[RefusalReason] = ()) -> Response:
    student = page.progress.student
    held = await visit.desk.ask(FAMILY_EXPORT, AskFamilyExport(family_id=student.family_id))
    children = next((len(table.rows) for table in held.tables if table.title == "students"), 0)
    return await visit.page(
        "erase.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if reasons else HTTPStatus.OK,
        page=page,
        student=student,
        is_last=children <= 1,
        reason=reason,
        reasons=[each.message for each in reasons],
        erasure_id=new_id(),
    )
