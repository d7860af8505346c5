"""A mail that came back is known by its envelope alone, and told to staff once."""

from __future__ import annotations

import json
import mailbox
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from deploy.embedded.nats import NatsServer
from services.kit.broker import Bus
from services.kit.outbox import Relay
from services.kit.postgres import Database
from services.kit.telemetry import Metrics
from services.notification import bounce_mailbox, bounce_web
from services.notification.addresses import address_hash
from services.notification.bounce_mailbox import BounceMailbox
from services.notification.bounce_web import CAME_TO, BounceWeb
from services.notification.bouncing import Bouncing, Heard
from services.notification.delivery_report import returned
from services.notification.envelope import Envelopes
from services.notification.outcomes import Outcomes
from tests.conftest import TestDatabase
from tests.service import returned_mails
from tests.service.returned_mails import report, status
from tests.waiting import eventually

SECRET = "as long as a secret"
HANA = "hana@family.test"
Box = mailbox.Maildir | mailbox.mbox


@dataclass
class Office:
    """A ledger with one mail in it, that left in `envelope`."""

    database: Database
    bouncing: Bouncing
    envelopes: Envelopes
    envelope: str = ""
    boxes: list[Box] = field(default_factory=list)

    async def mailed(self, state: str = "accepted") -> None:
        envelope = self.envelopes.new()
        self.envelope = envelope.sender
        await self.database.pool.execute(
            "INSERT INTO digest (school_id, guardian_id, digest_key, family_id)"
            " VALUES ('demo', 'g-hana', 'r1', 'f-thompson')"
        )
        await self.database.pool.execute(
            "INSERT INTO mail (school_id, certificate_id, version, guardian_id, digest_key, state, envelope_sha256,"
            " address_sha256) SELECT 'demo', certificate_id, 1, 'g-hana', 'r1', $1, $2, $3"
            " FROM unnest(ARRAY['c1', 'c2']) AS one (certificate_id)",
            state,
            envelope.sha256,
            address_hash(HANA),
        )

    async def state(self) -> str:
        [row] = await self.database.pool.fetch("SELECT DISTINCT state FROM mail")
        return str(row["state"])

    async def reasons(self) -> set[str | None]:
        return {row["reason"] for row in await self.database.pool.fetch("SELECT reason FROM mail")}

    async def suppressed(self) -> int:
        return int(
            await self.database.pool.fetchval(
                "SELECT count(*) FROM suppression WHERE address_sha256 = $1", address_hash(HANA)
            )
        )

    async def told(self) -> list[dict[str, Any]]:
        return [json.loads(row["body"]) for row in await self.database.pool.fetch("SELECT body FROM outbox")]

    async def hear(self, content: bytes) -> Heard:
        return await self.bouncing.hear(returned(content))


@pytest.fixture
async def office(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[Office]:
    store = Database(database.url("notification"), "notification")
    await store.start()
    metrics = Metrics()
    relay = Relay(store, Bus("notification", nats_server.url("notification"), metrics))
    envelopes = Envelopes("bounces@laurel.test", "certificates@laurel.test")
    office = Office(store, Bouncing(store, relay, Outcomes(metrics), envelopes), envelopes)
    await office.mailed()
    yield office
    await store.stop()


# --- what is heard


async def test_a_failure_fails_the_mail_suppresses_the_address_and_is_told_once(office: Office) -> None:
    assert await office.hear(report(office.envelope, status())) is Heard.RECORDED
    assert await office.hear(report(office.envelope, status())) is Heard.NOTHING_NEW
    assert await office.state() == "failed"
    assert await office.reasons() == {"The mail came back: 550 5.1.1 No such user here"}
    assert await office.suppressed() == 1
    told = await office.told()
    assert {(one["certificate_id"], one["state"], one["reason"]) for one in told} == {
        (certificate_id, "failed", "The mail came back: 550 5.1.1 No such user here") for certificate_id in ("c1", "c2")
    }
    assert len(told) == 2


async def test_a_failure_that_is_not_the_addresss_suppresses_nothing(office: Office) -> None:
    said = status(code="5.7.1", diagnostic="smtp; 554 5.7.1 Your server is on a list")
    assert await office.hear(report(office.envelope, said)) is Heard.RECORDED
    assert (await office.state(), await office.suppressed()) == ("failed", 0)


async def test_a_mail_of_unknown_fate_that_comes_back_has_failed(office: Office) -> None:
    await office.database.pool.execute("UPDATE mail SET state = 'unknown'")
    assert await office.hear(report(office.envelope, status())) is Heard.RECORDED
    assert await office.state() == "failed"


async def test_one_that_comes_back_before_its_sender_noted_anything_is_to_come_again(office: Office) -> None:
    await office.database.pool.execute("UPDATE mail SET state = 'sending'")
    assert await office.hear(report(office.envelope, status())) is Heard.TOO_EARLY
    assert await office.state() == "sending"


async def test_a_late_report_changes_nothing_of_a_mail_that_went_on(office: Office) -> None:
    for state in ("queued", "cancelled", "suppressed"):
        await office.database.pool.execute("UPDATE mail SET state = $1", state)
        assert await office.hear(report(office.envelope, status())) is Heard.NOTHING_NEW
        assert (await office.state(), await office.told()) == (state, [])


async def test_a_delay_an_absence_and_a_receipt_change_nothing(office: Office) -> None:
    assert await office.hear(returned_mails.delayed(office.envelope)) is Heard.NOTHING_NEW
    for mail in (returned_mails.out_of_office, returned_mails.read_receipt):
        assert await office.hear(mail(office.envelope)) is Heard.NO_REPORT
    assert (await office.state(), await office.suppressed(), await office.told()) == ("accepted", 0, [])


async def test_a_report_of_a_mail_that_was_erased_is_not_ours_any_more(office: Office) -> None:
    await office.database.pool.execute("DELETE FROM mail")
    await office.database.pool.execute("DELETE FROM digest")
    assert await office.hear(report(office.envelope, status())) is Heard.NOT_OURS
    assert (await office.suppressed(), await office.told()) == (0, [])


async def test_a_forged_report_matches_nothing(office: Office) -> None:
    """Somebody knows the address for bounces, and the family's; the envelope of a mail only its recipient saw."""
    guessed = office.envelopes.new().sender
    in_its_text = report("bounces@laurel.test", status()).replace(b"Hello", office.envelope.encode())
    for forged in (report(guessed, status()), report("certificates@laurel.test", status()), in_its_text):
        assert await office.hear(forged) is Heard.NOT_OURS
    assert (await office.state(), await office.suppressed(), await office.told()) == ("accepted", 0, [])


async def test_the_secret_of_an_envelope_is_nowhere_in_the_ledger(office: Office) -> None:
    secret = office.envelope.partition("+")[2].partition("@")[0]
    rows = [dict(row) for row in await office.database.pool.fetch("SELECT * FROM mail")]
    assert secret not in str(rows)


# --- from a mailbox


@pytest.fixture(params=["maildir", "mbox"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


def opened(path: Path) -> Box:
    return mailbox.mbox(path) if path.name.startswith("mbox") else mailbox.Maildir(path)


def delivered(path: Path, *contents: bytes) -> None:
    box = opened(path)
    for content in contents:
        box.add(content)
    box.close()


def texts(path: Path) -> list[str]:
    box = opened(path)
    found = [box.get_bytes(key).decode() for key in box.keys()]  # noqa: SIM118
    box.close()
    return found


def aside(path: Path) -> list[str]:
    return texts(path.with_name("mbox.aside") if path.name == "mbox" else path / ".aside")


@asynccontextmanager
async def read(office: Office, path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[BounceMailbox]:
    monkeypatch.setattr(bounce_mailbox, "POLL_S", 0.02)
    reader = BounceMailbox(path, office.bouncing)
    await reader.start()
    yield reader
    await reader.stop()


async def test_a_mailbox_is_read_and_what_was_ours_is_taken_out(
    office: Office, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = b"To: somebody@laurel.test\r\nSubject: Lunch\r\n\r\nAt noon?\r\n"
    unreadable = returned_mails.without_action(office.envelope)
    absence = returned_mails.out_of_office(office.envelope)
    delivered(path, report(office.envelope, status()), unreadable, others, absence)
    async with read(office, path, monkeypatch):

        async def only_the_others() -> bool:
            return await office.state() == "failed" and len(texts(path)) == 2

        await eventually(only_the_others, what="the mailbox read")
    last_words = {mail.rstrip().rpartition("\n")[2].strip() for mail in texts(path)}
    assert last_words == {"At noon?", "I am back on Monday. Action: failed"}
    [kept] = aside(path)
    assert "Inaction: failed" in kept


async def test_a_mailbox_that_is_not_there_yet_is_read_when_it_is(
    office: Office, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with read(office, path, monkeypatch) as reader:
        assert await reader.ready()
        delivered(path, report(office.envelope, status()))

        async def failed() -> bool:
            return await office.state() == "failed"

        await eventually(failed, what="the report read")


# --- over HTTP


@pytest.fixture
async def web(office: Office) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=BounceWeb(office.bouncing, SECRET).routes)
    headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "message/rfc822"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://notification.test", headers=headers
    ) as client:
        yield client


async def test_a_mail_server_hands_a_report_over(office: Office, web: httpx.AsyncClient) -> None:
    first, second = [await web.post("/bounces", content=report(office.envelope, status())) for _ in range(2)]
    assert (first.status_code, first.text) == (200, "recorded\n")
    assert (second.status_code, second.text) == (200, "nothing new\n")
    assert await office.state() == "failed"
    assert len(await office.told()) == 2


async def test_a_mail_server_hands_the_status_alone_over_and_says_whom_it_came_to(
    office: Office, web: httpx.AsyncClient
) -> None:
    headers = {"Content-Type": "message/delivery-status; charset=us-ascii", CAME_TO: office.envelope}
    answer = await web.post("/bounces", content=status().encode(), headers=headers)
    assert (answer.status_code, answer.text) == (200, "recorded\n")
    assert await office.state() == "failed"


async def test_who_does_not_show_the_secret_says_nothing(office: Office, web: httpx.AsyncClient) -> None:
    for shown in ("", f"Bearer {SECRET}r", SECRET, "Bearer ", "Basic bGF1cmVsOng=", "Bearer \u00e9"):
        headers = {b"Authorization": shown.encode()}
        answer = await web.post("/bounces", content=report(office.envelope, status()), headers=headers)
        assert answer.status_code == 401
    assert await office.state() == "accepted"


async def test_what_cannot_be_recorded_is_answered_with_its_reason(
    office: Office, web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    unreadable = await web.post("/bounces", content=returned_mails.without_status(office.envelope))
    assert (unreadable.status_code, "holds no delivery status" in unreadable.text) == (422, True)
    other_kind = await web.post("/bounces", content=b"{}", headers={"Content-Type": "application/json"})
    assert other_kind.status_code == 415
    monkeypatch.setattr(bounce_web, "LARGEST", 100)
    assert (await web.post("/bounces", content=report(office.envelope, status()))).status_code == 413
    monkeypatch.undo()
    await office.database.pool.execute("UPDATE mail SET state = 'sending'")
    early = await web.post("/bounces", content=report(office.envelope, status()))
    assert (early.status_code, early.headers["Retry-After"]) == (503, "30")
