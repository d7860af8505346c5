"""Who got the mail of a certificate, and "Send again"; the certificate's actions, one click away; its levels."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from contracts.catalogue import CERTIFICATE, MAILS, STUDENT
from contracts.mail_queries import GuardianMail, MailedVersion, MailedVersions
from contracts.notification import DeliveryState
from contracts.queries import CompletedLevel, MailRecipient
from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.service.html_forms import Form, forms
from tests.service.staff_school import LEVEL_3, LEVEL_4, certificate, certificate_page, student_page
from tests.service.staff_web import StaffWeb, staff_web

SINCE = datetime(2026, 3, 10, 4, 30, tzinfo=UTC)
RESEND = "certificates.cmd.resend_mail"
FAMILY = (
    MailRecipient(guardian_id="g1", name="Hēmi Ngata", has_address=True),
    MailRecipient(guardian_id="g2", name="Moana Ngata", has_address=True),
    MailRecipient(guardian_id="g3", name="Rua Ngata", has_address=False),
)


def mail(guardian_id: str, state: DeliveryState, reason: str | None = None, hours: int = 0) -> GuardianMail:
    """`hours`: so long it still waits."""
    due_at = datetime.now(UTC) + timedelta(hours=hours) if hours else None
    return GuardianMail(guardian_id=guardian_id, state=state, since=SINCE, reason=reason, due_at=due_at)


def mailed(*mails: GuardianMail, version: int = 1) -> MailedVersions:
    one = MailedVersion(certificate_id="c1", version=version, corrected=False, announced=True, mails=mails)
    return MailedVersions(versions=(one,))


NEWEST = (certificate_page("issued").versions[0].model_copy(update={"version": 1}),)
BOUNCED = mail("g1", "failed", "550 5.1.1 No such user here")


LEVELS = (
    CompletedLevel(
        progression_id="p1",
        level=LEVEL_3,
        completed_on=date(2026, 3, 10),
        certificate_id="c1",
        number="2026-00042",
        to_level=LEVEL_4,
        moved_at=SINCE,
    ),
)


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server, "progression", "rendering", "notification") as running_web:
        page = student_page(certificate("c1", "Level 3")).model_copy(update={"levels": LEVELS, "mail_to": FAMILY})
        running_web.neighbours.know(STUDENT, page)
        running_web.neighbours.know(MAILS, mailed(BOUNCED, mail("g2", "accepted")))
        yield running_web


def resend_forms(page: str) -> list[Form]:
    return [each for each in forms(page) if each.action == "/certificates/c1/mail"]


async def test_a_students_page_says_who_got_the_mail_and_what_can_be_done(web: StaffWeb) -> None:
    page = await web.browser.open("/students/s1")
    for words in ("Not delivered", "550 5.1.1 No such user here", "Mailed", "10 Mar 2026, 5:30", "no email address"):
        assert words in page
    for action in ("1.pdf", "1.pdf?download", "?reissue#reissue", "?withdraw#withdraw"):
        assert f'href="/certificates/c1{"/" if action[0] == "1" else ""}{action}"' in page
    assert len(resend_forms(page)) == 1
    assert "Levels completed" in page
    assert "Level 4, <time" in page


async def test_a_mail_that_waits_says_until_when(web: StaffWeb) -> None:
    web.neighbours.know(MAILS, mailed(mail("g1", "queued", hours=2), mail("g2", "queued")))
    page = await web.browser.open("/students/s1")
    assert page.count("Waiting to be sent") == page.count("Waiting until <time") == 1
    web.neighbours.know(MAILS, mailed(mail("g1", "held", hours=2), mail("g2", "queued")))
    assert (await web.browser.open("/students/s1")).count("Held until <time") == 1
    assert "data-going-on" in page
    web.neighbours.know(STUDENT, student_page(certificate("c1", "Level 3", "withdrawn")))
    web.neighbours.know(MAILS, mailed(BOUNCED))
    assert resend_forms(await web.browser.open("/students/s1")) == [], "what was withdrawn is not mailed again"


async def test_a_mail_is_sent_again_once_to_one_guardian_or_to_all(web: StaffWeb) -> None:
    web.neighbours.know(MAILS, mailed(BOUNCED, mail("g2", "unknown", "The mail server did not answer.")))
    for address, back in (("/students/s1", "/students/s1?resent"), ("/certificates/c1", "/certificates/c1?resent")):
        web.neighbours.know(CERTIFICATE, certificate_page("issued").model_copy(update={"versions": NEWEST}))
        one, _, every = resend_forms(await web.browser.open(address))
        one.fields["version"] = every.fields["version"] = ["0"]  # nobody waits here for what becomes of it
        assert (await web.browser.press(one, one.action)).headers["location"] == back
        assert (await web.browser.press(every, every.action)).headers["location"] == back
    common = {"certificate_id": "c1", "requested_by": "Rangi Patel"}
    assert web.neighbours.told(RESEND) == [{**common, "guardian_id": "g1"}, common]
    assert "On its way again" in await web.browser.open(back)


async def test_without_the_mail_records_the_rest_is_there(database: TestDatabase, nats_server: NatsServer) -> None:
    async with staff_web(database, nats_server, "progression", "rendering") as web:
        page = await web.browser.open("/students/s1")
        assert "The mail records do not answer just now" in page
        assert "2026-00042" in page
        assert "The mail records do not answer just now" in await web.browser.open("/certificates/c1")


async def test_every_action_is_one_click_away(web: StaffWeb) -> None:
    assert '<details id="reissue" open>' in await web.browser.open("/certificates/c1?reissue")
    assert '<details id="withdraw" open>' in await web.browser.open("/certificates/c1?withdraw")
    assert " open>" not in await web.browser.open("/certificates/c1")
    # The file is named by the number, and never by the child.
    web.neighbours.pdfs["demo", "c1", 2] = b"%PDF-1.7 ..."
    answer = await web.browser.client.get("/certificates/c1/2.pdf?download")
    assert answer.headers["content-disposition"] == 'attachment; filename="certificate-2026-00042-version-2.pdf"'
    assert (await web.browser.client.get("/certificates/c1/2.pdf")).headers["content-disposition"].startswith("inline")
