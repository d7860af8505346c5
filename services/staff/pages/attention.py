"""What does not go on without a person: certificates, mails, and messages that were kept aside."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from contracts.catalogue import ATTENTION, DEAD_LETTER, DEAD_LETTERS, MAIL_TROUBLES
from contracts.certificates import DropDeadLetter, ResendMail, Retry, RetryDeadLetter
from contracts.envelope import id_from
from contracts.queries import AskDeadLetter, Everything
from services.staff.forms import given_id, text, texts
from services.staff.mails import undelivered
from services.staff.visit import NotFound, Visit, see

HOME = "/attention"


async def show(visit: Visit) -> Response:
    """Each list for itself: whoever does not answer leaves the others to be seen."""
    attention, mails, letters = await asyncio.gather(
        visit.desk.ask_unless_silent(ATTENTION, Everything()),
        visit.desk.ask_unless_silent(MAIL_TROUBLES, Everything()),
        visit.desk.ask_unless_silent(DEAD_LETTERS, Everything()),
    )
    return await visit.page(
        "attention.html",
        certificates=attention.certificates if attention else None,
        names=attention.corrections if attention else None,
        mails=await undelivered(visit.desk, mails.mails) if mails else None,
        letters=letters.letters if letters else None,
        erasures=attention.erasures if attention else (),
        sent="sent" in visit.request.query_params,
        dropped="dropped" in visit.request.query_params,
    )


async def print_again(visit: Visit) -> Response:
    """One, or all that failed: what is ticked by the button that was pressed."""
    for certificate in texts(await visit.form(), "certificate"):
        certificate_id, _, since = certificate.partition("@")
        body = Retry(certificate_id=given_id(certificate_id), requested_by=visit.desk.person.called)
        await visit.desk.command(body, id_from("Retry", visit.desk.school_id, certificate_id, since))
    return see(f"{HOME}?sent")


async def mail_again(visit: Visit) -> Response:
    form = await visit.form()
    certificate_id, guardian_id = (given_id(text(form, name)) for name in ("certificate_id", "guardian_id"))
    body = ResendMail(certificate_id=certificate_id, guardian_id=guardian_id, requested_by=visit.desk.person.called)
    identity = id_from("ResendMail", visit.desk.school_id, certificate_id, guardian_id, text(form, "since"))
    await visit.desk.command(body, identity)
    return see(f"{HOME}?sent")


async def message(visit: Visit) -> Response:
    found = await visit.desk.ask(DEAD_LETTER, AskDeadLetter(letter_id=_letter_id(visit)))
    return await visit.page("dead_letter.html", letter=found.letter, headers=found.headers, content=found.body)


async def send_again(visit: Visit) -> Response:
    letter_id = _letter_id(visit)
    body = RetryDeadLetter(letter_id=letter_id, requested_by=visit.desk.person.called)
    return await _settled(visit, body, letter_id, "sent")


async def drop(visit: Visit) -> Response:
    letter_id = _letter_id(visit)
    body = DropDeadLetter(letter_id=letter_id, requested_by=visit.desk.person.called)
    return await _settled(visit, body, letter_id, "dropped")


def _letter_id(visit: Visit) -> int:
    """From the address; NotFound for 0, which no letter has."""
    letter_id: int = visit.request.path_params["letter_id"]
    if not letter_id:
        raise NotFound
    return letter_id


async def _settled(visit: Visit, body: RetryDeadLetter | DropDeadLetter, letter_id: int, what: str) -> Response:
    """A stream that was lost counts from 1 again: the form's own id tells two letters of one number apart."""
    form_id = text(await visit.form(), "since")
    command_id = id_from(type(body).__name__, visit.desk.school_id, letter_id, form_id)
    await visit.desk.command(body, command_id)
    await visit.desk.outcome(command_id)
    return see(f"{HOME}?{what}")
