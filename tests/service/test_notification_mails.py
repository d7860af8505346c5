"""Who is mailed what, and when: once, together, not too early, and not at all after a withdrawal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from contracts.certificates import Replaced, Withdrawn
from contracts.notification import Delivered, DeliveryFailed, Resent
from contracts.roster import Guardian
from deploy.embedded.nats import NatsServer
from services.kit.delivery import ATTEMPTS
from tests.conftest import TestDatabase
from tests.school import SchoolSystem
from tests.service.neighbours_families import FAMILY_URL, SCHOOL_NAME
from tests.service.notification_running import HANA, TOM, Notification, notification_running
from tests.service.postbox import html_of, text_of
from tests.waiting import eventually


@pytest.fixture
async def notification(nats_server: NatsServer, database: TestDatabase) -> AsyncIterator[Notification]:
    async with notification_running(nats_server, database, digest_grace_s=0.3) as notification:
        yield notification


async def test_a_published_certificate_is_mailed_once_to_each_guardian(notification: Notification) -> None:
    notification.neighbours.families["f-thompson"] = (HANA, TOM)
    notification.neighbours.enters("c1")
    await notification.neighbours.publishes("c1")
    await notification.mails(2)
    said = await notification.neighbours.hears(Delivered, 2)
    assert sorted(notification.postbox.recipients) == ["hana@family.test", "tom@family.test"]
    assert sorted((event.guardian_id, event.state) for event in said) == [("g-hana", "accepted"), ("g-tom", "accepted")]


async def test_each_guardian_is_written_to_in_their_language(notification: Notification) -> None:
    spoken = (HANA.model_copy(update={"locale": "ar"}), TOM.model_copy(update={"locale": "de-AT"}))
    notification.neighbours.families["f-thompson"] = spoken
    notification.neighbours.enters("c1")
    await notification.neighbours.publishes("c1")
    await notification.mails(2)
    written = {str(mail["To"]).partition("<")[2]: html_of(mail) for mail in notification.postbox.taken}
    assert '<html lang="ar" dir="rtl">' in written["hana@family.test>"]
    assert '<html lang="de-AT" dir="ltr">' in written["tom@family.test>"]


async def test_the_same_event_twice_is_one_mail(notification: Notification) -> None:
    notification.neighbours.enters("c1")
    for _ in range(3):
        await notification.neighbours.publishes("c1")
    await notification.neighbours.settled("notification")
    await notification.reaches("accepted")
    await notification.neighbours.publishes("c1")
    await notification.neighbours.settled("notification")
    notification.neighbours.enters("c2")
    await notification.neighbours.publishes("c2")
    await notification.reaches("accepted", "c2")
    assert len(notification.postbox.taken) == 2


async def test_siblings_of_one_run_share_one_mail(notification: Notification) -> None:
    together = ("c1", "c2")
    notification.neighbours.enters("c1", run_id="r1", mailed_together=together)
    notification.neighbours.enters("c2", run_id="r1", mailed_together=together, recipient_name="Ari Thompson")
    await notification.neighbours.publishes("c1")
    await notification.neighbours.publishes("c2")
    await notification.neighbours.hears(Delivered, 2)
    [mail] = notification.postbox.taken
    assert mail["Subject"] == f"2 certificates from {SCHOOL_NAME}"
    for text in (text_of(mail), html_of(mail)):
        assert text.index("Ari Thompson") < text.index("Mia Thompson")
        # To the certificates, and at the foot to the preferences.
        assert text.count(FAMILY_URL) == 2


async def test_guardians_of_two_families_may_have_the_same_id(notification: Notification) -> None:
    """Another system may number the adults of each family from one: no family gets another's mail."""
    for family, child in (("thompson", "Mia Thompson"), ("ngata", "Ari Ngata")):
        guardian = Guardian(guardian_id="1", name="An Adult", email=f"{family}@family.test")
        notification.neighbours.families[f"f-{family}"] = (guardian,)
        notification.neighbours.enters(family, run_id="r1", family_id=f"f-{family}", recipient_name=child)
    await notification.neighbours.publishes("thompson")
    await notification.neighbours.publishes("ngata")
    await notification.mails(2)
    read_by = {mail["To"]: text_of(mail) for mail in notification.postbox.taken}
    assert [name for name in read_by if "thompson@" in name and "Mia Thompson" in read_by[name]]
    assert [name for name in read_by if "ngata@" in name and "Ari Ngata" in read_by[name]]


async def test_a_mail_waits_for_the_sibling_that_is_still_made(notification: Notification) -> None:
    together = ("c1", "c2")
    notification.neighbours.enters("c1", run_id="r1", mailed_together=together)
    await notification.neighbours.publishes("c1")
    await notification.reaches("queued")
    # The other cannot be made after all: the register says so, and the mail goes without it.
    notification.neighbours.enters("c1", run_id="r1", mailed_together=("c1",))
    await notification.reaches("accepted")
    assert notification.postbox.taken[0]["Subject"] == f"A certificate from {SCHOOL_NAME}"


async def test_no_mail_when_the_run_says_none(notification: Notification) -> None:
    notification.neighbours.enters("c1", email="none")
    await notification.neighbours.publishes("c1")
    await notification.neighbours.settled("notification")
    assert await notification.states() == {}


async def test_nothing_leaves_before_send_after(notification: Notification) -> None:
    send_after = datetime.now(UTC) + timedelta(seconds=2)
    notification.neighbours.enters("c1", send_after=send_after)
    await notification.neighbours.publishes("c1")
    await notification.mails(1)
    assert datetime.now(UTC) >= send_after


async def test_whoever_asks_is_told_until_when_a_mail_waits(notification: Notification, school: SchoolSystem) -> None:
    send_after = datetime.now(UTC) + timedelta(hours=1)
    notification.neighbours.enters("c1", send_after=send_after)
    await notification.neighbours.publishes("c1")
    await notification.reaches("queued")
    asked = {"versions": [{"certificate_id": "c1", "version": 1}]}
    [version] = (await school.ask("notification.query.mails", asked))["versions"]
    [mail] = version["mails"]
    assert (mail["state"], datetime.fromisoformat(mail["due_at"])) == ("held", send_after)


async def test_a_family_that_had_nobody_to_mail_is_mailed_after_all(
    notification: Notification, school: SchoolSystem
) -> None:
    notification.neighbours.families["f-thompson"] = ()
    notification.neighbours.enters("c1")
    await notification.neighbours.publishes("c1")
    await notification.neighbours.settled("notification")
    resend = {"certificate_id": "c1", "requested_by": "Office"}
    [reason] = await school.refusal(await school.command("certificates.cmd.resend_mail", resend))
    assert reason["code"] == "nothing_to_resend"
    asked = {"versions": [{"certificate_id": "c1", "version": 1}]}
    assert (await school.ask("notification.query.mails", asked))["versions"][0]["unmailed"] is True

    notification.neighbours.families["f-thompson"] = (HANA,)
    for _ in range(2):
        await school.command("certificates.cmd.resend_mail", resend)
    await notification.reaches("accepted")
    assert len(notification.postbox.taken) == 1
    assert [told.requested_by for told in await notification.neighbours.hears(Resent, 1)] == ["Office"]
    assert (await school.ask("notification.query.mails", asked))["versions"][0]["unmailed"] is False
    assert FAMILY_URL not in str(await notification.rows("SELECT family_url FROM notification.announced"))


async def test_a_withdrawn_certificate_is_not_mailed(notification: Notification) -> None:
    notification.neighbours.enters("c1", send_after=datetime.now(UTC) + timedelta(seconds=1.5))
    await notification.neighbours.publishes("c1")
    await notification.reaches("queued")
    await notification.neighbours.says(Withdrawn(certificate_id="c1", version=1, reason="a mistake"))
    await notification.reaches("cancelled")
    notification.neighbours.enters("c2", send_after=datetime.now(UTC) + timedelta(seconds=2))
    await notification.neighbours.publishes("c2")
    await notification.reaches("accepted", "c2")
    assert len(notification.postbox.taken) == 1


async def test_a_withdrawal_that_comes_first_wins(notification: Notification) -> None:
    notification.neighbours.enters("c1")
    await notification.neighbours.says(Withdrawn(certificate_id="c1", version=1, reason="a mistake"))
    await notification.neighbours.settled("notification")
    await notification.neighbours.publishes("c1")
    await notification.neighbours.settled("notification")
    assert await notification.states() == {}


async def test_the_register_is_asked_again_before_a_mail_leaves(notification: Notification) -> None:
    notification.neighbours.enters("c1", send_after=datetime.now(UTC) + timedelta(seconds=1))
    await notification.neighbours.publishes("c1")
    await notification.reaches("queued")
    # Withdrawn a moment ago: the event is not here yet.
    notification.neighbours.enters("c1", state="withdrawn")
    await notification.reaches("cancelled")
    assert notification.postbox.taken == []


async def test_of_two_versions_only_the_newest_is_mailed(notification: Notification) -> None:
    notification.neighbours.enters("c1", send_after=datetime.now(UTC) + timedelta(seconds=1.5))
    await notification.neighbours.publishes("c1")
    await notification.reaches("queued")
    await notification.neighbours.says(Replaced(certificate_id="c1", version=1, reason="a wrong name", by_version=2))
    notification.neighbours.enters("c1", versions=2)
    await notification.neighbours.publishes("c1", 2)
    await notification.neighbours.hears(Delivered)
    assert await notification.states() == {("c1", 1, "g-hana"): "cancelled", ("c1", 2, "g-hana"): "accepted"}
    assert notification.postbox.taken[0]["Subject"] == f"A certificate from {SCHOOL_NAME}"


async def test_a_correction_after_the_mail_is_mailed_as_one(notification: Notification) -> None:
    notification.neighbours.enters("c1")
    await notification.neighbours.publishes("c1")
    await notification.mails(1)
    notification.neighbours.enters("c1", versions=2)
    await notification.neighbours.publishes("c1", 2)
    await notification.mails(2)
    first, second = notification.postbox.taken
    assert second["Subject"] == f"A corrected certificate from {SCHOOL_NAME}"
    assert first["Message-ID"] != second["Message-ID"]


async def test_the_address_is_the_one_of_the_moment_of_sending(notification: Notification) -> None:
    notification.neighbours.enters("c1", send_after=datetime.now(UTC) + timedelta(seconds=1))
    await notification.neighbours.publishes("c1")
    await notification.reaches("queued")
    moved = HANA.model_copy(update={"email": "hana@new.test"})
    notification.neighbours.families["f-thompson"] = (moved,)
    await notification.mails(1)
    assert notification.postbox.recipients == ["hana@new.test"]


async def test_one_who_is_no_guardian_any_more_gets_nothing(notification: Notification) -> None:
    notification.neighbours.enters("c1", send_after=datetime.now(UTC) + timedelta(seconds=1))
    await notification.neighbours.publishes("c1")
    await notification.reaches("queued")
    notification.neighbours.families["f-thompson"] = (TOM,)
    [told] = await notification.neighbours.hears(DeliveryFailed)
    assert told.state == "suppressed"
    assert notification.postbox.taken == []


async def test_an_address_that_cannot_be_right_is_told_at_once(notification: Notification) -> None:
    typo = HANA.model_copy(update={"email": "hana,tom@family.test"})
    notification.neighbours.families["f-thompson"] = (typo, TOM)
    notification.neighbours.enters("c1", send_after=datetime.now(UTC) + timedelta(hours=1))
    await notification.neighbours.publishes("c1")
    [told] = await notification.neighbours.hears(DeliveryFailed)
    assert (told.guardian_id, told.state, told.reason) == ("g-hana", "failed", "The e-mail address cannot be right.")
    assert (await notification.states())["c1", 1, "g-tom"] == "queued"


async def test_a_link_is_forgotten_once_it_is_mailed(notification: Notification) -> None:
    notification.neighbours.enters("c1")
    await notification.neighbours.publishes("c1")
    await notification.reaches("accepted")
    [row] = await notification.rows("SELECT * FROM notification.mail")
    assert FAMILY_URL not in str(tuple(row))


@pytest.mark.heavy
async def test_an_event_waits_until_progression_answers(notification: Notification) -> None:
    notification.neighbours.enters("c1")
    notification.neighbours.answering = False
    await notification.neighbours.publishes("c1")

    async def asked_as_often_as_a_strange_fault_is_tried() -> bool:
        return notification.neighbours.unanswered >= ATTEMPTS

    await eventually(asked_as_often_as_a_strange_fault_is_tried, within=30)
    notification.neighbours.answering = True
    await notification.mails(1, within=30)
