"""One certificate: its versions, a correction (which is a new version), and its withdrawal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus

from starlette.datastructures import FormData
from starlette.responses import Response

from contracts.base import Body
from contracts.catalogue import CERTIFICATE, STUDENT, TEACHERS
from contracts.certificates import DeclineCorrection, Reissue, Withdraw
from contracts.commands import RefusalReason
from contracts.envelope import id_from, new_id
from contracts.queries import AskCertificate, AskStudent, Certificate, CertificateVersion, Everything, StudentPage
from contracts.roster import SetPreferredName
from services.staff.asked_names import first_name_in, first_name_now
from services.staff.forms import Unusable, read_as, text
from services.staff.mails import deliveries_of
from services.staff.pages import audit
from services.staff.visit import Visit, see

AS_ASKED = "as-asked"


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def correct(visit: Visit) -> Response:
    """Also the way on for one that failed: it is made again, with what was wrong put right.

    Where the family asked for another name, the child's first name may be changed for later certificates too.
    """
    form = await visit.form()
    try:
        from_now_on = await _name_from_now_on(visit, form)
    except Unusable as unusable:
        return await _page(visit, form, unusable.reasons)
    answer = await _act(visit, Reissue, {"changes": _changes(form)})
    if from_now_on is not None and answer.status_code == HTTPStatus.SEE_OTHER:
        command_id = id_from("set_preferred_name", visit.desk.school_id, text(form, "form_id"))
        await visit.desk.command(from_now_on, command_id)
    return answer


async def withdraw(visit: Visit) -> Response:
    return await _act(visit, Withdraw, {})


async def decline(visit: Visit) -> Response:
    """The family reads why the name stays as it is."""
    return await _act(visit, DeclineCorrection, {"request_id": text(await visit.form(), "request_id")})


async def _name_from_now_on(visit: Visit, form: FormData) -> SetPreferredName | None:
    """None where it stays as it is. Unusable where it is no name."""
    typed = text(form, "preferred_name")
    if typed in ("", text(form, "was-preferred_name")):
        return None
    certificate = await visit.desk.ask(CERTIFICATE, AskCertificate(certificate_id=visit.id_in_path("certificate_id")))
    return read_as(SetPreferredName, {"student_id": certificate.student_id, "preferred_name": typed})


async def _act(
    visit: Visit, command: type[Reissue | Withdraw | DeclineCorrection], details: dict[str, object]
) -> Response:
    """One form is one command: its id was in the form."""
    form, certificate_id = await visit.form(), visit.id_in_path("certificate_id")
    common = {
        "certificate_id": certificate_id,
        "reason": text(form, "reason"),
        "requested_by": visit.desk.person.called,
    }
    try:
        body: Body = read_as(command, {**common, **details})
    except Unusable as unusable:
        return await _page(visit, form, unusable.reasons)
    command_id = id_from(command.__name__, visit.desk.school_id, certificate_id, text(form, "form_id"))
    await visit.desk.command(body, command_id)
    outcome = await visit.desk.outcome(command_id)
    if outcome.state == "refused":
        return await _page(visit, form, outcome.reasons)
    return see(f"/certificates/{certificate_id}" + ("?sent" if outcome.state == "unknown" else ""))


def _changes(form: FormData) -> dict[str, str]:
    """What differs from what the page showed."""
    fields = ("recipient_name", "notes", "issue_date", "teacher_id")
    return {name: text(form, name) for name in fields if text(form, name) != text(form, f"was-{name}")}


async def _page(visit: Visit, form: FormData | None = None, reasons: Sequence[RefusalReason] = ()) -> Response:
    certificate_id = visit.id_in_path("certificate_id")
    certificate, teachers, history = await asyncio.gather(
        visit.desk.ask(CERTIFICATE, AskCertificate(certificate_id=certificate_id)),
        visit.desk.ask(TEACHERS, Everything()),
        audit.of_certificate(visit, certificate_id),
    )
    newest = certificate.versions[0]
    recorded = _recorded(newest)
    versions = [(certificate.certificate_id, each.version) for each in certificate.versions]
    student = await visit.desk.ask_unless_silent(STUDENT, AskStudent(student_id=certificate.student_id))
    # Nobody that could be named where the student is not known any more.
    mails = await deliveries_of(visit.desk, versions, student.mail_to if student else ())
    as_shown = recorded | _as_asked(visit, certificate)
    return await visit.page(
        "certificate.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if reasons else HTTPStatus.OK,
        certificate=certificate,
        newest=newest,
        recorded=recorded,
        typed={name: text(form, name) if form and name in form else value for name, value in as_shown.items()},
        child=_child(certificate, student, form) if student else None,
        reason=text(form, "reason") if form else "",
        teachers=teachers.teachers,
        history=history,
        reasons=reasons,
        sent="sent" in visit.request.query_params,
        resent="resent" in visit.request.query_params,
        wanted=visit.request.url.query,
        mails=None if mails is None else {version: found for (_, version), found in mails.items() if found.known},
        form_id=new_id(),
    )


def _as_asked(visit: Visit, certificate: Certificate) -> dict[str, str]:
    """What the family asks for, where staff came to issue just that. It stands in no address."""
    if certificate.correction is None or visit.request.url.query != AS_ASKED:
        return {}
    return {"recipient_name": certificate.correction.recipient_name}


def _child(certificate: Certificate, student: StudentPage, form: FormData | None) -> dict[str, str]:
    """The first name as the roster has it, and as the form offers to have it from now on."""
    child = student.progress.student
    first_name = first_name_now(child)
    wished = first_name_in(certificate.correction.recipient_name, child) if certificate.correction else None
    typed = text(form, "preferred_name") if form and "preferred_name" in form else wished or first_name
    return {"first_name": first_name, "typed": typed}


def _recorded(version: CertificateVersion) -> dict[str, str]:
    """What can be corrected, as the page's fields say it."""
    return {
        "recipient_name": version.recipient_name,
        "notes": version.notes or "",
        "issue_date": version.issued_on.isoformat(),
        "teacher_id": version.teacher.teacher_id,
    }
