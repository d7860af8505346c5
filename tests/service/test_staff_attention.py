"""What needs a person is listed with its reason, and one press sends it on its way again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from contracts.catalogue import ADDRESSEES, ATTENTION, DEAD_LETTER, DEAD_LETTERS, MAIL_TROUBLES
from contracts.mail_queries import Addressees, AddresseesOf, MailTrouble, MailTroubles
from contracts.queries import (
    Attention,
    CertificateTrouble,
    DeadLetter,
    DeadLetterContent,
    DeadLetters,
    MailRecipient,
    StudentRef,
)
from contracts.rendering import FailureReason
from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.service.html_forms import forms
from tests.service.neighbours import Neighbours
from tests.service.staff_web import StaffWeb, staff_web

SINCE = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LETTER = DeadLetter(
    letter_id=17,
    subject="roster.cmd.put_teacher.v1.demo",
    durable="progression-commands",
    reason="The body is not JSON.",
    since=SINCE,
)


def failed(certificate_id: str) -> CertificateTrouble:
    return CertificateTrouble(
        certificate_id=certificate_id,
        version=1,
        number="2026-000042",
        title="Seahorse",
        student=StudentRef(student_id="s1", family_id="f1", name="Māia Tuwhare"),
        kind="failed",
        since=SINCE,
        reason=FailureReason(code="does_not_fit", message="The name is too long for the layout."),
    )


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server, "progression", "rendering", "notification") as running_web:
        tell_of_trouble(running_web.neighbours)
        yield running_web


def tell_of_trouble(known: Neighbours) -> None:
    """Of each kind."""
    known.know(ATTENTION, Attention(certificates=(failed("c1"), failed("c2")), dead_letters=1))
    known.know(DEAD_LETTERS, DeadLetters(letters=(LETTER,)))
    known.know(
        DEAD_LETTER,
        DeadLetterContent(letter=LETTER, headers={"ce-id": "x"}, body='{"name": <b>'),
    )
    mail = MailTrouble(
        certificate_id="c1",
        version=1,
        guardian_id="g1",
        state="unknown",
        since=SINCE,
        reason="The mail server did not answer.",
    )
    known.know(MAIL_TROUBLES, MailTroubles(mails=(mail,)))
    addressees = Addressees(
        certificate_id="c1",
        number="2026-000042",
        title="Dolphin",
        student=StudentRef(student_id="s2", family_id="f2", name="Tane Ruru"),
        guardians=(MailRecipient(guardian_id="g1", name="Hemi Ruru", has_address=True),),
    )
    known.know(ADDRESSEES, AddresseesOf(certificates=(addressees,)))


async def test_each_trouble_is_listed_with_its_reason(web: StaffWeb) -> None:
    page = await web.browser.open("/attention")
    for words in (
        "Māia Tuwhare",
        "The name is too long for the layout.",
        "The mail server did not answer.",
        "it may arrive twice",
        "Hemi Ruru",
        "Tane Ruru",
        "Dolphin",
        "roster.cmd.put_teacher.v1.demo",
        "The body is not JSON.",
    ):
        assert words in page


async def test_one_press_tries_all_certificates_again_and_each_is_one_command(web: StaffWeb) -> None:
    page = await web.browser.open("/attention")
    every = [each for each in forms(page) if each.action == "/attention/certificates"][-1]
    for _ in range(2):
        answer = await web.browser.press(every, "/attention/certificates")
        assert answer.status_code == 303
    told = web.neighbours.told("certificates.cmd.retry")
    assert [command["certificate_id"] for command in told] == ["c1", "c2"]


async def test_a_mail_is_sent_again_to_the_one_guardian(web: StaffWeb) -> None:
    page = await web.browser.open("/attention")
    [shown] = [each for each in forms(page) if each.action == "/attention/mails"]
    assert (await web.browser.press(shown, "/attention/mails")).status_code == 303


async def test_a_message_is_shown_as_text_and_sent_again_or_dropped(web: StaffWeb) -> None:
    address = "/attention/messages/17"
    page = await web.browser.open(address)
    assert "&lt;b&gt;" in page
    again, drop = (each for each in forms(page) if each.action.startswith(address))
    assert (await web.browser.press(again, f"{address}/retry")).status_code == 303
    assert (await web.browser.press(drop, f"{address}/drop")).status_code == 303
    assert [one["letter_id"] for one in web.neighbours.told("certificates.cmd.retry_dead_letter")] == [17]
    assert [one["letter_id"] for one in web.neighbours.told("certificates.cmd.drop_dead_letter")] == [17]


async def test_whoever_does_not_answer_leaves_the_others_to_be_seen(
    database: TestDatabase, nats_server: NatsServer
) -> None:
    async with staff_web(database, nats_server, "progression", "rendering") as web:
        web.neighbours.know(ATTENTION, Attention(certificates=(failed("c1"),), dead_letters=0))
        web.neighbours.know(DEAD_LETTERS, DeadLetters(letters=()))
        page = await web.browser.open("/attention")
        assert "Māia Tuwhare" in page
        assert "The mail records do not answer" in page
