"""The whole way of a mail where the server, the domain or the address is not as one would wish."""

from __future__ import annotations

import mailbox
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.notification import Delivered, DeliveryFailed
from contracts.permissions import PROVISIONER
from deploy.doctor import Finding, Patient, stores
from deploy.embedded.nats import NatsServer
from services.notification.addresses import domain_hash
from tests.certificates import Authority
from tests.conftest import TestDatabase
from tests.running import running
from tests.school import SCHOOL_ID, SchoolSystem
from tests.service.neighbours_families import neighbours_of
from tests.service.notification_running import HANA, MAIL_FROM, Notification, app_for, notification_running
from tests.service.postbox import listening, new_postbox
from tests.service.returned_mails import report, status
from tests.waiting import eventually

pytestmark = pytest.mark.heavy


@pytest.fixture
async def notification(nats_server: NatsServer, database: TestDatabase) -> AsyncIterator[Notification]:
    async with notification_running(nats_server, database) as notification:
        yield notification


async def found_by_doctor(nats_server: NatsServer, notification: Notification) -> list[Finding]:
    """What `laurel doctor` says of the mail server."""
    patient = Patient(SCHOOL_ID, nats_server.url(PROVISIONER), notification.database.url("notification"))
    return [finding async for finding in stores.examine(patient) if finding.about == "mail server"]


async def test_a_full_mailbox_and_a_policy_say_nothing_against_the_address(notification: Notification) -> None:
    notification.postbox.whims.extend(["full", "policy"])
    for certificate_id in ("c1", "c2", "c3"):
        notification.neighbours.enters(certificate_id)
    for certificate_id, state in (("c1", "failed"), ("c2", "failed"), ("c3", "accepted")):
        await notification.neighbours.publishes(certificate_id)
        await notification.reaches(state, certificate_id)
    told = await notification.neighbours.hears(DeliveryFailed, 2)
    assert ["552 5.2.2" in (one.reason or "") for one in told] == [True, False]


async def test_a_server_that_says_later_again_is_left_alone_for_longer(notification: Notification) -> None:
    notification.postbox.whims.extend(["later", "later"])
    notification.neighbours.enters("c1")
    await notification.neighbours.publishes("c1")

    async def put_off() -> list[Any]:
        return await notification.rows(
            "SELECT due_at - now() AS wait, reason FROM notification.digest JOIN notification.mail"
            " USING (school_id, guardian_id, digest_key) WHERE attempts = 2"
        )

    [(wait, reason)] = await eventually(put_off)
    assert 20 < wait.total_seconds() <= 30
    assert "451 4.7.1 Greylisted" in reason
    assert (await notification.states())["c1", 1, "g-hana"] == "queued"


async def test_a_server_that_does_not_take_our_sender_gets_it_when_that_is_mended(notification: Notification) -> None:
    notification.postbox.whims.append("refuse_sender")
    notification.neighbours.enters("c1")
    await notification.neighbours.publishes("c1")
    await notification.reaches("accepted")
    assert len(notification.postbox.taken) == 1
    assert await notification.neighbours.heard(DeliveryFailed) == []


async def test_a_slow_domain_gets_two_mails_at_once_and_holds_up_no_other(notification: Notification) -> None:
    postbox, neighbours = notification.postbox, notification.neighbours
    postbox.slow_domain = "slow.test"
    postbox.held.clear()
    slow = [f"s{number}" for number in range(5)]
    for name, domain in [*((name, "slow.test") for name in slow), ("q", "quick.test")]:
        guardian = HANA.model_copy(update={"guardian_id": f"g-{name}", "email": f"{name}@{domain}"})
        neighbours.families[f"f-{name}"] = (guardian,)
        neighbours.enters(name, family_id=f"f-{name}")
    for name in slow:
        await neighbours.publishes(name)

    async def two_wait() -> bool:
        return postbox.in_hand["slow.test"] == 2

    await eventually(two_wait)
    await neighbours.publishes("q")
    await notification.reaches("accepted", "q")
    postbox.held.set()
    for name in slow:
        await notification.reaches("accepted", name)
    assert postbox.most_in_hand == {"slow.test": 2, "quick.test": 1}


async def test_an_address_that_moved_meanwhile_counts_for_its_new_domain(notification: Notification) -> None:
    notification.neighbours.enters("c1", send_after=datetime.now(UTC) + timedelta(seconds=1))
    await notification.neighbours.publishes("c1")
    await notification.reaches("queued")
    moved = HANA.model_copy(update={"email": "hana@new.test"})
    notification.neighbours.families["f-thompson"] = (moved,)
    await notification.reaches("accepted")
    assert notification.postbox.most_in_hand == {"new.test": 1}
    [row] = await notification.rows("SELECT domain_sha256 FROM notification.digest")
    assert row["domain_sha256"] == domain_hash("x@new.test")


async def test_a_mail_waits_for_a_server_that_can_be_trusted_and_says_why(
    nats_server: NatsServer, database: TestDatabase, tmp_path: Path
) -> None:
    postbox, authority = new_postbox(), Authority.new(tmp_path)
    postbox.manner, postbox.tls = "direct", authority.server()
    async with neighbours_of(nats_server) as neighbours, listening(postbox):
        neighbours.families["f-thompson"] = (HANA,)
        neighbours.enters("c1")
        async with running(app_for(nats_server, database, postbox)) as web:
            await neighbours.publishes("c1")
            notification = Notification(neighbours, postbox, web, database)

            async def said() -> list[Any]:
                return await notification.rows("SELECT reason FROM notification.mail WHERE reason IS NOT NULL")

            [row] = await eventually(said)
            assert "certificate cannot be trusted" in row["reason"]
            assert (await web.get("/readyz")).status_code == 200
            assert postbox.taken == []
            [finding] = await found_by_doctor(nats_server, notification)
            assert finding.is_well
            await notification.rows(
                "UPDATE notification.digest SET first_attempt_at = now() - interval '5 minutes' RETURNING true"
            )
            [finding] = await found_by_doctor(nats_server, notification)
            assert "1 mails wait" in finding.says
            assert "certificate cannot be trusted" in finding.says
            assert not finding.is_well
        async with running(app_for(nats_server, database, postbox, smtp_ca_file=authority.file)):
            await neighbours.hears(Delivered)
    assert len(postbox.taken) == 1


async def test_a_mail_that_comes_back_has_failed_and_goes_to_the_mended_address(
    nats_server: NatsServer, database: TestDatabase, school: SchoolSystem, tmp_path: Path
) -> None:
    folder = tmp_path / "bounces"
    box = mailbox.Maildir(folder)
    async with notification_running(nats_server, database, bounces=folder) as notification:
        postbox, neighbours = notification.postbox, notification.neighbours
        for certificate_id in ("c1", "c2"):
            neighbours.enters(certificate_id)
        await neighbours.publishes("c1")
        await notification.reaches("accepted", "c1")
        assert postbox.taken[0]["From"].endswith(f"<{MAIL_FROM}>")
        [sender] = postbox.senders
        assert sender.startswith("bounces+")
        box.add(report(sender, status()))
        [told] = await neighbours.hears(DeliveryFailed)
        assert (told.certificate_id, told.state) == ("c1", "failed")
        await neighbours.publishes("c2")
        await notification.reaches("suppressed", "c2")

        mended = HANA.model_copy(update={"email": "hana@new.test"})
        neighbours.families["f-thompson"] = (mended,)
        await school.command("certificates.cmd.resend_mail", {"certificate_id": "c1", "requested_by": "Office"})
        await notification.reaches("accepted", "c1")
        assert postbox.recipients == ["hana@family.test", "hana@new.test"]
        assert len(set(postbox.senders)) == 2
        assert len({mail["Message-ID"] for mail in postbox.taken}) == 1


async def test_bounces_are_handed_over_only_where_a_secret_was_told(
    nats_server: NatsServer, database: TestDatabase
) -> None:
    async with notification_running(nats_server, database) as notification:
        assert (await notification.web.post("/bounces", content=b"x")).status_code == 404
    async with notification_running(nats_server, database, bounces_secret="a long enough secret") as notification:
        assert (await notification.web.post("/bounces", content=b"x")).status_code == 401


@pytest.mark.heavy
async def test_a_link_is_kept_until_its_mail_cannot_come_back_any_more(
    nats_server: NatsServer, database: TestDatabase, tmp_path: Path
) -> None:
    """Where nobody hears of bounces it is forgotten at once: see test_notification_mails."""
    async with notification_running(nats_server, database, bounces=tmp_path / "bounces") as notification:
        for certificate_id in ("c1", "c2"):
            notification.neighbours.enters(certificate_id)
            await notification.neighbours.publishes(certificate_id)
            await notification.reaches("accepted", certificate_id)
        await notification.rows(
            "UPDATE notification.mail SET changed_at = now() - interval '8 days' WHERE certificate_id = 'c1'"
        )

        async def forgotten() -> list[str]:
            rows = await notification.rows("SELECT certificate_id FROM notification.mail WHERE family_url IS NULL")
            return [row["certificate_id"] for row in rows]

        assert await eventually(forgotten) == ["c1"]
