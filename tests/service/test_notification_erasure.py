"""What notification does when a child is erased."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from contracts.catalogue import HELD_BY_NOTIFICATION
from contracts.certificates import Withdrawn
from contracts.envelope import new_id
from contracts.erasure import AskHeld, Erased, NotificationErased
from deploy.embedded.nats import NatsServer
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from tests.conftest import TestDatabase
from tests.everything_kept import rows, telling
from tests.school import SCHOOL_ID
from tests.service.notification_running import Notification, notification_running
from tests.waiting import eventually

IN_AN_HOUR = datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture
async def notification(nats_server: NatsServer, database: TestDatabase) -> AsyncIterator[Notification]:
    async with notification_running(nats_server, database) as notification:
        yield notification


def erased(*certificate_ids: str, family_id: str | None = None, guardian_ids: tuple[str, ...] = ()) -> Erased:
    return Erased(
        erasure_id=new_id(), round=1, certificate_ids=certificate_ids, family_id=family_id, guardian_ids=guardian_ids
    )


async def where(notification: Notification, *words: str) -> list[str]:
    return telling([each async for each in rows(notification.database.superuser_url)], *words)


async def test_a_held_mail_and_a_sent_one_leave_no_trace_and_the_siblings_stay(notification: Notification) -> None:
    neighbours = notification.neighbours
    neighbours.enters("c1", send_after=IN_AN_HOUR, run_id="r1", mailed_together=("c1", "c3"))
    neighbours.enters("c3", send_after=IN_AN_HOUR, run_id="r1", mailed_together=("c1", "c3"))
    neighbours.enters("c2")
    for certificate_id in ("c1", "c2", "c3"):
        await neighbours.publishes(certificate_id)
    await notification.reaches("accepted", "c2")

    async def queued() -> bool:
        return {key[0] for key in await notification.states()} == {"c1", "c2", "c3"}

    await eventually(queued)
    await neighbours.says(erased("c1", "c2"))
    [confirmed] = await neighbours.hears(NotificationErased)
    assert confirmed.removed["mails"] == 2
    assert {key[0] for key in await notification.states()} == {"c3"}
    # A digest that still has a mail stays; one that has none goes.
    assert await where(notification, "certificate:c2") == []
    assert await where(notification, "run:r1")

    await neighbours.publishes("c1")
    await neighbours.says(Withdrawn(certificate_id="c1", version=1, reason="Late"))
    await neighbours.settled("notification")
    assert await where(notification, ",c1,", ",c2,") == []
    assert len(notification.postbox.taken) == 1


async def test_with_its_last_child_a_familys_digests_and_suppressions_go(notification: Notification) -> None:
    notification.postbox.whims.append("refuse")
    notification.neighbours.enters("c1")
    await notification.neighbours.publishes("c1")
    await notification.reaches("failed")
    assert await where(notification, "g-hana")
    told = erased("c1", family_id="f-thompson", guardian_ids=("g-hana",))
    await notification.neighbours.says(told)
    [confirmed] = await notification.neighbours.hears(NotificationErased)
    assert confirmed.removed["addresses that are not mailed"] == 1
    assert await where(notification, "g-hana", "f-thompson") == []


async def test_what_it_holds_about_a_family_is_told_without_a_secret(
    notification: Notification, nats_server: NatsServer
) -> None:
    notification.neighbours.enters("c1")
    await notification.neighbours.publishes("c1")
    await notification.reaches("accepted")
    staff = Bus("staff", nats_server.url("staff"), Metrics())
    await staff.start()
    try:
        asked = AskHeld(family_id="f-thompson", guardian_ids=("g-hana",), certificate_ids=("c1",))
        held = await staff.ask(HELD_BY_NOTIFICATION, SCHOOL_ID, asked)
    finally:
        await staff.stop()
    tables = {table.title: table.rows for table in held.tables}
    assert tables["mails"][0]["state"] == "accepted"
    assert not [key for rows in tables.values() for row in rows for key in row if "url" in key or "sha256" in key]
