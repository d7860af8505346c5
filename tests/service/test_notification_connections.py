"""The conversation with the mail server: kept open, encrypted, and with nobody but the right one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest
import structlog

from services.notification import connections as connections_module
from services.notification.connections import Connections
from services.notification.mail_server import SmtpServer, trusting
from services.notification.mailer import Mailer
from services.notification.replies import Outcome
from tests.certificates import Authority
from tests.service.postbox import Postbox, listening, new_postbox
from tests.waiting import eventually

CONTENT = b"From: certificates@laurel.test\r\nTo: hana@family.test\r\n\r\nHello\r\n"
Manner = Literal["starttls", "direct"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.new(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def postbox() -> Postbox:
    return new_postbox()


@asynccontextmanager
async def connected(postbox: Postbox, ca_file: Path | None = None, url: str = "") -> AsyncIterator[Connections]:
    connections = Connections(SmtpServer.from_url(url or postbox.url), trusting(ca_file), timeout_s=5)
    await connections.start()
    try:
        yield connections
    finally:
        await connections.stop()


async def nothing() -> None:
    """What is noted before a mail may be out."""


async def mail(connections: Connections) -> Outcome:
    return await Mailer(connections, at_once=1).send(CONTENT, "from@laurel.test", "hana@family.test", nothing)


async def mails(connections: Connections, count: int) -> list[str]:
    return [(await mail(connections)).kind for _ in range(count)]


async def none_is_open(postbox: Postbox) -> None:
    async def closed() -> bool:
        return postbox.open_conversations == 0

    await eventually(closed, what="every conversation ended")


# --- kept open


async def test_mails_one_after_the_other_share_a_connection_that_is_ended_politely(postbox: Postbox) -> None:
    async with listening(postbox):
        async with connected(postbox) as connections:
            assert await mails(connections, 3) == ["accepted"] * 3
            assert (len(postbox.conversations), postbox.open_conversations) == (1, 1)
        await none_is_open(postbox)


async def test_a_connection_that_the_server_closed_while_idle_costs_no_mail(postbox: Postbox) -> None:
    async with listening(postbox), connected(postbox) as connections:
        assert await mails(connections, 1) == ["accepted"]
        postbox.hang_up()
        assert await mails(connections, 1) == ["accepted"]
        assert (len(postbox.taken), len(postbox.conversations)) == (2, 2)


@pytest.mark.parametrize("whim", ["closing", "cut_before_data"])
async def test_a_connection_that_turns_out_to_be_over_is_replaced(
    postbox: Postbox, whim: Literal["closing", "cut_before_data"]
) -> None:
    async with listening(postbox), connected(postbox) as connections:
        assert await mails(connections, 1) == ["accepted"]
        postbox.whims.append(whim)
        assert await mails(connections, 1) == ["accepted"]
        assert (len(postbox.taken), len(postbox.conversations)) == (2, 2)


async def test_a_refused_mail_leaves_the_connection_to_the_next_one(postbox: Postbox) -> None:
    postbox.whims.extend(["refuse", "later", "refuse_content"])
    async with listening(postbox), connected(postbox) as connections:
        assert await mails(connections, 4) == ["refused_address", "deferred", "refused", "accepted"]
        assert len(postbox.conversations) == 1


async def test_a_mail_that_is_not_begun_leaves_the_connection_to_the_next_one(postbox: Postbox) -> None:
    async def overtaken() -> None:
        raise KeyError("withdrawn")

    async with listening(postbox), connected(postbox) as connections:
        with pytest.raises(KeyError):
            await Mailer(connections, at_once=1).send(CONTENT, "from@laurel.test", "hana@family.test", overtaken)
        assert await mails(connections, 1) == ["accepted"]
        assert (len(postbox.taken), len(postbox.conversations)) == (1, 1)


async def test_a_connection_carries_a_bounded_number_of_mails(
    postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections_module, "MOST_MAILS", 2)
    async with listening(postbox), connected(postbox) as connections:
        assert await mails(connections, 3) == ["accepted"] * 3
        assert (len(postbox.conversations), postbox.open_conversations) == (2, 1)


async def test_no_more_mails_are_with_the_server_at_once_than_it_is_to_be_given(postbox: Postbox) -> None:
    postbox.held.clear()
    async with listening(postbox), connected(postbox) as connections:
        mailer = Mailer(connections, at_once=2)
        under_way = [
            asyncio.create_task(mailer.send(CONTENT, "from@laurel.test", "hana@family.test", nothing)) for _ in range(5)
        ]

        async def two_wait() -> bool:
            return postbox.in_hand["family.test"] == 2

        await eventually(two_wait)
        postbox.held.set()
        assert [outcome.kind for outcome in await asyncio.gather(*under_way)] == ["accepted"] * 5
    assert postbox.most_in_hand["family.test"] == 2
    assert len(postbox.conversations) == 2


async def test_a_connection_that_nobody_uses_is_ended(postbox: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections_module, "REAP_S", 0.02)
    monkeypatch.setattr(connections_module, "IDLE_S", 0.1)
    async with listening(postbox), connected(postbox) as connections:
        assert await mails(connections, 1) == ["accepted"]
        await none_is_open(postbox)
        assert await mails(connections, 1) == ["accepted"]


# --- with the right one


@pytest.mark.parametrize("manner", ["starttls", "direct"])
async def test_a_server_with_a_good_certificate_gets_log_in_and_mail(
    postbox: Postbox, authority: Authority, manner: Manner
) -> None:
    postbox.manner, postbox.tls, postbox.password = manner, authority.server(), "sesame"
    async with listening(postbox), connected(postbox, authority.file) as connections:
        assert await mails(connections, 2) == ["accepted"] * 2
    assert postbox.shown == ["sesame"]


@pytest.mark.parametrize("manner", ["starttls", "direct"])
@pytest.mark.parametrize("wrong", ["name", "authority"])
async def test_a_server_with_a_wrong_certificate_gets_neither_mail_nor_password(
    postbox: Postbox, authority: Authority, tmp_path: Path, manner: Manner, wrong: str
) -> None:
    postbox.manner, postbox.password = manner, "sesame"
    postbox.tls = authority.server("DNS:mail.other.test") if wrong == "name" else Authority.new(tmp_path).server()
    async with listening(postbox), connected(postbox, authority.file) as connections:
        outcome = await mail(connections)
    assert outcome.kind == "away"
    assert "certificate cannot be trusted" in (outcome.reason or "")
    assert (postbox.shown, postbox.attempts, postbox.taken) == ([], 0, [])


async def test_without_a_file_of_its_own_the_systems_authorities_decide(postbox: Postbox, authority: Authority) -> None:
    postbox.manner, postbox.tls = "direct", authority.server()
    async with listening(postbox), connected(postbox) as connections:
        assert (await mail(connections)).kind == "away"
    assert postbox.taken == []


async def test_where_starttls_is_not_offered_nothing_goes_out_in_the_clear(postbox: Postbox) -> None:
    postbox.password = "sesame"
    async with listening(postbox), connected(postbox, url=f"{postbox.url}?starttls=true") as connections:
        outcome = await mail(connections)
    assert outcome.kind == "away"
    assert "does not offer STARTTLS" in (outcome.reason or "")
    assert (postbox.shown, postbox.attempts) == ([], 0)


async def test_a_server_that_speaks_no_tls_at_all_is_said_to(postbox: Postbox) -> None:
    async with listening(postbox), connected(postbox, url=f"smtps://127.0.0.1:{postbox.port}") as connections:
        outcome = await mail(connections)
    assert outcome.kind == "away"
    assert "speaks no TLS" in (outcome.reason or "")


async def test_a_refused_log_in_is_said_and_not_repeated_at_once(postbox: Postbox) -> None:
    postbox.password = "sesame"
    wrong = postbox.url.replace("sesame", "guess")
    async with listening(postbox), connected(postbox, url=wrong) as connections:
        assert not connections.is_away
        outcome = await mail(connections)
        assert connections.is_away
    assert outcome.kind == "away"
    assert "535" in (outcome.reason or "")
    assert "does not accept our log-in" in (outcome.reason or "")
    assert set(postbox.shown) == {"guess"}
    assert postbox.attempts == 0


async def test_a_server_that_wants_a_log_in_makes_mails_wait(postbox: Postbox) -> None:
    postbox.password = "sesame"
    async with listening(postbox), connected(postbox, url=f"smtp://127.0.0.1:{postbox.port}") as connections:
        outcome = await mail(connections)
    assert outcome.kind == "away"
    assert "530" in (outcome.reason or "")
    assert "does not accept our log-in" in (outcome.reason or "")


async def test_a_password_that_goes_out_in_the_clear_is_warned_of() -> None:
    with structlog.testing.capture_logs() as lines:
        async with connected(new_postbox(), url="smtp://laurel:sesame@mail.school.test"):
            pass
    assert [line["event"] for line in lines] == ["mail_password_in_the_clear"]
    assert "sesame" not in str(lines)
