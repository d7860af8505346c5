"""What becomes of a mail that the mail server does not simply take."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import structlog

from contracts.notification import Delivered, DeliveryFailed
from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.running import running
from tests.service.neighbours_families import neighbours_of
from tests.service.notification_running import HANA, Notification, app_for, notification_running
from tests.service.postbox import Postbox, Whim, listening, new_postbox
from tests.waiting import eventually

pytestmark = pytest.mark.heavy


@pytest.fixture
async def notification(nats_server: NatsServer, database: TestDatabase) -> AsyncIterator[Notification]:
    async with notification_running(nats_server, database) as notification:
        yield notification


@pytest.mark.parametrize("whim", ["later", "later_at_data", "cut_before_data"])
async def test_a_greylisting_server_gets_it_later(notification: Notification, whim: Whim) -> None:
    notification.postbox.whims.append(whim)
    notification.neighbours.enters("c1")
    await notification.neighbours.publishes("c1")
    await notification.neighbours.hears(Delivered)
    assert notification.postbox.attempts == 2
    assert len(notification.postbox.taken) == 1
    assert await notification.neighbours.heard(DeliveryFailed) == []


@pytest.mark.parametrize(
    ("whim", "answer"), [("refuse", "550 5.1.1 No such user here"), ("refuse_content", "554 5.7.1 We do not like it")]
)
async def test_a_refused_mail_is_told_to_staff(notification: Notification, whim: Whim, answer: str) -> None:
    notification.postbox.whims.append(whim)
    notification.neighbours.enters("c1")
    await notification.neighbours.publishes("c1")
    [told] = await notification.neighbours.hears(DeliveryFailed)
    assert (told.certificate_id, told.guardian_id, told.state) == ("c1", "g-hana", "failed")
    assert answer in (told.reason or "")
    assert notification.postbox.attempts == 1


async def test_a_refused_address_is_not_tried_with_the_next_certificate(notification: Notification) -> None:
    notification.postbox.whims.append("refuse")
    for certificate_id in ("c1", "c2"):
        notification.neighbours.enters(certificate_id)
    await notification.neighbours.publishes("c1")
    await notification.reaches("failed", "c1")
    await notification.neighbours.publishes("c2")
    await notification.reaches("suppressed", "c2")
    assert notification.postbox.attempts == 1
    assert [told.state for told in await notification.neighbours.hears(DeliveryFailed, 2)] == ["failed", "suppressed"]


async def test_a_corrected_address_is_mailed_again(notification: Notification) -> None:
    notification.postbox.whims.append("refuse")
    for certificate_id in ("c1", "c2"):
        notification.neighbours.enters(certificate_id)
    await notification.neighbours.publishes("c1")
    await notification.reaches("failed", "c1")
    moved = HANA.model_copy(update={"email": "hana@new.test"})
    notification.neighbours.families["f-thompson"] = (moved,)
    await notification.neighbours.publishes("c2")
    await notification.reaches("accepted", "c2")


async def test_a_cut_after_data_is_not_sent_again(notification: Notification) -> None:
    notification.postbox.whims.append("cut_after_data")
    for certificate_id in ("c1", "c2"):
        notification.neighbours.enters(certificate_id)
    await notification.neighbours.publishes("c1")
    [told] = await notification.neighbours.hears(DeliveryFailed)
    assert told.state == "unknown"
    await notification.neighbours.publishes("c1")
    await notification.neighbours.publishes("c2")
    await notification.reaches("accepted", "c2")
    assert notification.postbox.attempts == 2
    assert (await notification.states())["c1", 1, "g-hana"] == "unknown"


async def test_a_server_that_hangs_after_data_is_not_sent_it_again(
    nats_server: NatsServer, database: TestDatabase
) -> None:
    async with notification_running(nats_server, database, smtp_timeout_s=0.5) as notification:
        postbox, neighbours = notification.postbox, notification.neighbours
        for certificate_id in ("c1", "c2"):
            neighbours.enters(certificate_id)
        postbox.held.clear()
        await neighbours.publishes("c1")
        [told] = await neighbours.hears(DeliveryFailed)
        assert (told.certificate_id, told.state) == ("c1", "unknown")
        postbox.held.set()
        await neighbours.publishes("c1")
        await neighbours.publishes("c2")
        await notification.reaches("accepted", "c2")
        assert postbox.attempts == 2
        assert (await notification.states())["c1", 1, "g-hana"] == "unknown"
        assert len(postbox.conversations) == 2


async def test_a_refused_mail_does_not_stop_the_next_familys(notification: Notification) -> None:
    notification.postbox.whims.extend(["refuse"])
    other = HANA.model_copy(update={"guardian_id": "g-other", "email": "other@family.test"})
    notification.neighbours.families["f-other"] = (other,)
    notification.neighbours.enters("c1")
    notification.neighbours.enters("c2", family_id="f-other")
    await notification.neighbours.publishes("c1")
    await notification.reaches("failed", "c1")
    await notification.neighbours.publishes("c2")
    await notification.reaches("accepted", "c2")


async def test_the_same_mail_has_the_same_message_id_at_every_attempt(notification: Notification) -> None:
    notification.postbox.whims.append("later_at_data")
    notification.neighbours.enters("c1")
    await notification.neighbours.publishes("c1")

    async def begun() -> list[str]:
        rows = await notification.rows("SELECT message_id FROM notification.mail WHERE message_id IS NOT NULL")
        return [row["message_id"] for row in rows]

    [first] = await eventually(begun)
    await notification.mails(1)
    assert notification.postbox.taken[0]["Message-ID"] == first


async def test_a_server_that_is_away_gets_it_when_it_is_back(nats_server: NatsServer, database: TestDatabase) -> None:
    postbox = new_postbox()
    async with (
        neighbours_of(nats_server) as neighbours,
        running(app_for(nats_server, database, postbox)),
    ):
        neighbours.families["f-thompson"] = (HANA,)
        neighbours.enters("c1")
        with structlog.testing.capture_logs() as lines:
            await neighbours.publishes("c1")

            async def tried() -> bool:
                return any(line.get("outcome") == "away" for line in lines)

            await eventually(tried)
        async with listening(postbox):
            await neighbours.hears(Delivered)
    assert len(postbox.taken) == 1


async def test_a_mail_whose_sender_died_is_held_and_never_sent_again(
    nats_server: NatsServer, database: TestDatabase
) -> None:
    postbox: Postbox = new_postbox()
    async with notification_running(nats_server, database) as notification:
        notification.neighbours.enters("c1")
        await notification.neighbours.publishes("c1")
        await notification.reaches("accepted")
        # As a process that was killed between DATA and its answer leaves it.
        await notification.rows(
            "UPDATE notification.mail SET state = 'sending', answer_by = now() - interval '1 second' RETURNING true"
        )
    async with (
        neighbours_of(nats_server) as neighbours,
        listening(postbox),
        running(app_for(nats_server, database, postbox)),
    ):
        [told] = await neighbours.hears(DeliveryFailed)
    assert told.state == "unknown"
    assert postbox.attempts == 0


async def test_stopping_finishes_the_mail_in_hand(nats_server: NatsServer, database: TestDatabase) -> None:
    async with notification_running(nats_server, database) as notification:
        notification.neighbours.enters("c1")
        await notification.neighbours.publishes("c1")
        await notification.reaches("accepted")
        notification.postbox.held.clear()
        notification.neighbours.enters("c2")
        await notification.neighbours.publishes("c2")
        await notification.reaches("sending", "c2")
        notification.postbox.held.set()
    assert (await notification.states())["c2", 1, "g-hana"] == "accepted"


async def test_no_name_no_address_and_no_link_is_in_a_log_line(notification: Notification) -> None:
    with structlog.testing.capture_logs() as lines:
        notification.postbox.whims.extend(["later", "refuse"])
        notification.neighbours.enters("c1")
        await notification.neighbours.publishes("c1")
        await notification.reaches("failed")
    said = str(lines)
    assert "refused_address" in said
    for private in ("Mia", "Hana", "hana@family.test", "/family/"):
        assert private not in said
