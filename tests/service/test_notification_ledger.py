"""The ledger forgets no mail, however its senders get in each other's way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from deploy.embedded.nats import NatsServer
from services.kit.broker import Bus
from services.kit.outbox import Relay
from services.kit.postgres import Database
from services.kit.telemetry import Metrics
from services.notification.ledger import Departure, Ledger
from services.notification.outcomes import Outcomes
from tests.conftest import TestDatabase

PATIENCE = timedelta(minutes=3)


@pytest.fixture
async def database_of_notification(database: TestDatabase) -> AsyncIterator[Database]:
    store = Database(database.url("notification"), "notification")
    await store.start()
    await store.pool.execute(
        "INSERT INTO digest (school_id, guardian_id, digest_key, family_id, due_at)"
        " VALUES ('demo', 'g-hana', 'r1', 'f-thompson', now())"
    )
    await store.pool.execute(
        "INSERT INTO mail (school_id, certificate_id, version, guardian_id, digest_key, state, family_url)"
        " VALUES ('demo', 'c1', 1, 'g-hana', 'r1', 'queued', 'https://portal.example/family/secret')"
    )
    yield store
    await store.stop()


@pytest.fixture
def ledger(database_of_notification: Database, nats_server: NatsServer) -> Ledger:
    metrics = Metrics()
    relay = Relay(database_of_notification, Bus("notification", nats_server.url("notification"), metrics))
    return Ledger(database_of_notification, relay, Outcomes(metrics))


async def the_lease_is_over(database: Database) -> None:
    await database.pool.execute("UPDATE digest SET due_at = now()")


async def test_a_mail_that_a_slow_sender_gives_back_is_tried_again(
    ledger: Ledger, database_of_notification: Database
) -> None:
    """Meanwhile another sender took the digest for a dead one's, and found nothing that waits."""
    slow = await ledger.claim()
    assert slow is not None
    mails = await ledger.queued(slow)
    await ledger.begin(mails, Departure("<m1@laurel.test>", b"address", b"envelope"), PATIENCE)
    await the_lease_is_over(database_of_notification)
    other = await ledger.claim()
    assert other is not None
    assert await ledger.queued(other) == []
    await ledger.rest(other)
    await ledger.defer(slow, mails, "451 greylisted", timedelta(0))
    again = await ledger.claim()
    assert again is not None
    assert [mail.mail_id for mail in await ledger.queued(again)] == [mail.mail_id for mail in mails]


async def test_a_digest_that_was_planned_anew_meanwhile_keeps_the_earlier_moment(
    ledger: Ledger, database_of_notification: Database
) -> None:
    digest = await ledger.claim()
    assert digest is not None
    await the_lease_is_over(database_of_notification)
    await ledger.rest(digest)
    assert await ledger.claim() is not None


async def test_nothing_is_noted_of_a_guardian_who_was_erased_while_the_mail_was_on_its_way(
    ledger: Ledger, database_of_notification: Database
) -> None:
    digest = await ledger.claim()
    assert digest is not None
    [mail] = await ledger.queued(digest)
    departure = Departure("<m1@laurel.test>", b"address", b"envelope")
    await ledger.begin([mail], departure, PATIENCE)
    for table in ("mail", "digest"):
        await database_of_notification.pool.execute(f"DELETE FROM {table}")
    await ledger.suppress(digest, "hana@family.test", "550 5.1.1 No such user here")
    await ledger.conclude(digest, [mail], "failed", "550 5.1.1 No such user here")
    for table in ("suppression", "mail", "digest", "outbox"):
        assert await database_of_notification.pool.fetchval(f"SELECT count(*) FROM {table}") == 0
