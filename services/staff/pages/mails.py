"""Resend mail: to one guardian of a certificate, or to all whose mail did not get through."""

from __future__ import annotations

import asyncio
import re

from starlette.datastructures import FormData
from starlette.responses import Response

from contracts.base import GIVEN_ID_PATTERN
from contracts.certificates import ResendMail
from contracts.envelope import id_from
from services.staff.forms import Unusable, read_as, text
from services.staff.mails import Mails, Version, ask_mails
from services.staff.visit import NotFound, Visit, see

LOOK_AGAIN_S = 0.1
LOOKS = 20
"""So often the answer waits for the mails to change; then the page shows what there is."""


async def resend(visit: Visit) -> Response:
    """One form is one command: what it says of the mail's last news tells two of them apart."""
    form, certificate_id = await visit.form(), visit.id_in_path("certificate_id")
    guardian_id = text(form, "guardian_id")
    requested = {"certificate_id": certificate_id, "guardian_id": guardian_id}
    try:
        body = read_as(ResendMail, {**requested, "requested_by": visit.desk.person.called})
    except Unusable as unusable:
        raise NotFound from unusable
    versions = _versions(form, certificate_id)
    before = await ask_mails(visit.desk, versions)
    identity = id_from("ResendMail", visit.desk.school_id, certificate_id, guardian_id, text(form, "since"))
    await visit.desk.command(body, identity)
    await _have_changed(visit, versions, before)
    return see(_back(form, certificate_id))


def _versions(form: FormData, certificate_id: str) -> list[Version]:
    """The version whose mails the form shows."""
    version = text(form, "version")
    return [(certificate_id, int(version))] if re.fullmatch(r"[1-9][0-9]{0,5}", version) else []


async def _have_changed(visit: Visit, versions: list[Version], before: Mails | None) -> None:
    """notification says nothing of a command but what it does to the mails."""
    if not before:
        return
    for _ in range(LOOKS):
        await asyncio.sleep(LOOK_AGAIN_S)
        if await ask_mails(visit.desk, versions) != before:
            return


def _back(form: FormData, certificate_id: str) -> str:
    """Where the button was: on the student's page, or on the certificate's own."""
    student_id = text(form, "student_id")
    is_there = re.fullmatch(GIVEN_ID_PATTERN, student_id)
    return f"/students/{student_id}?resent" if is_there else f"/certificates/{certificate_id}?resent"
