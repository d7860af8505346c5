"""One student: their level, what waits for them, their certificates with what became of the mails, their levels."""

from __future__ import annotations

from starlette.responses import Response

from contracts.catalogue import STUDENT
from contracts.queries import AskStudent, CommandOutcome, StudentPage
from services.staff.mails import deliveries_of
from services.staff.pages.ad_hoc import ad_hoc_command_id
from services.staff.visit import Visit


async def show(visit: Visit) -> Response:
    student_id, asked_for = visit.id_in_path("student_id"), visit.id_asked_for("certificate")
    page = await visit.desk.ask(STUDENT, AskStudent(student_id=student_id))
    outcome = await _awaited(visit, page, asked_for)
    making = any(certificate.state == "issuing" for certificate in page.certificates)
    mails = await deliveries_of(
        visit.desk, [(each.certificate_id, each.version) for each in page.certificates], page.mail_to
    )
    mailing = mails is not None and any(each.going_on for each in mails.values())
    return await visit.page(
        "student.html",
        page=page,
        making=making or outcome.state == "unknown",
        going_on=making or mailing or outcome.state == "unknown",
        mails=mails,
        resent="resent" in visit.request.query_params,
        reasons=[reason.message for reason in outcome.reasons],
    )


async def _awaited(visit: Visit, page: StudentPage, certificate_id: str | None) -> CommandOutcome:
    """What became of the request that led here, as long as its certificate is not on the page."""
    if certificate_id is None or any(there.certificate_id == certificate_id for there in page.certificates):
        return CommandOutcome(state="accepted")
    return await visit.desk.outcome_now(ad_hoc_command_id(visit.desk.school_id, certificate_id))
