"""One certificate: its versions, a correction (which is a new version), and its withdrawal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus

from starlette.datastructures import FormData
from starlette.responses import Response

from contracts.base import Body
from contracts.catalogue import CERTIFICATE, STUDENT, TEACHERS
from contracts.certificates import Reissue, Withdraw
from contracts.commands import RefusalReason
from contracts.envelope import id_from, new_id
from contracts.queries import AskCertificate, AskStudent, Certificate, CertificateVersion, Everything, MailRecipient
from services.kit.broker import NobodyAnswered, QueryRefused
from services.staff.forms import Unusable, read_as, text
from services.staff.mails import deliveries_of
from services.staff.pages import audit
from services.staff.visit import Visit, see


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def correct(visit: Visit) -> Response:
    """Also the way on for one that failed: it is made again, with what was wrong put right."""
    return await _act(visit, Reissue, {"changes": _changes(await visit.form())})


async def withdraw(visit: Visit) -> Response:
    return await _act(visit, Withdraw, {})


async def _act(visit: Visit, command: type[Reissue] | type[Withdraw], details: dict[str, object]) -> Response:
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
    mails = await deliveries_of(visit.desk, versions, await _family(visit, certificate))
    return await visit.page(
        "certificate.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if reasons else HTTPStatus.OK,
        certificate=certificate,
        newest=newest,
        recorded=recorded,
        typed={name: text(form, name) if form and name in form else value for name, value in recorded.items()},
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


async def _family(visit: Visit, certificate: Certificate) -> Sequence[MailRecipient]:
    """Who gets its mail; nobody that could be named where the student is not known any more."""
    try:
        return (await visit.desk.ask(STUDENT, AskStudent(student_id=certificate.student_id))).mail_to
    except (NobodyAnswered, QueryRefused):
        return ()


def _recorded(version: CertificateVersion) -> dict[str, str]:
    """What can be corrected, as the page's fields say it."""
    return {
        "recipient_name": version.recipient_name,
        "notes": version.notes or "",
        "issue_date": version.issued_on.isoformat(),
        "teacher_id": version.teacher.teacher_id,
    }
