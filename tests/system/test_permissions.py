"""Every credential on every subject: what the tables give it, and nothing else of anybody's."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from contracts.catalogue import MESSAGES, QUERIES, SCHOOL
from contracts.permissions import PROVISIONER, SERVICES, inbox_of, of_school
from contracts.topology import DURABLES, EVENTS, STREAMS, Durable, readers_of
from deploy.embedded.nats import NatsServer, user_of
from deploy.embedded.process import free_port
from services.kit.provision import provide
from tests.conftest import PASSWORDS, provisioned
from tests.school import SCHOOL_ID
from tests.waiting import eventually

ELSEWHERE = "elsewhere"
OTHER = "school-elsewhere"
"""The user of another school's own systems."""
SCHOOLS = {SCHOOL: SCHOOL_ID, OTHER: ELSEWHERE}
USERS = (*SERVICES, *SCHOOLS)

REFUSED = re.compile(r'Permissions Violation for (?:Publish|Subscription) to "([^"]+)"')
ABOUT_STREAMS = ("INFO", "DELETE", "PURGE", "UPDATE", "MSG.GET", "MSG.DELETE", "SNAPSHOT")
ABOUT_ALL = ("INFO", "STREAM.NAMES", "STREAM.LIST", "STREAM.CREATE.MINE", "ACCOUNT.PURGE.all")

pytestmark = pytest.mark.heavy


class TwoSchools(NatsServer):
    """A broker for two schools, each with a user for its own systems."""

    def users(self) -> list[dict[str, object]]:
        return [*super().users(), user_of(OTHER, "elsewhere's", of_school(ELSEWHERE))]

    def url(self, user: str) -> str:
        return super().url(user) if user != OTHER else f"nats://{OTHER}:elsewhere's@127.0.0.1:{self.port}"


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[TwoSchools]:
    async with provisioned(TwoSchools(tmp_path / "nats", free_port(), PASSWORDS, SCHOOL_ID)) as broker:
        async with connected(broker, PROVISIONER) as (progression, _):
            for school_id in SCHOOLS.values():
                await provide(progression.jetstream(), readers_of(school_id))
        yield broker


class Wire:
    """A connection in the broker's own words: the clients' libraries do not tell all that was refused."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def publishes(self, subjects: set[str]) -> set[str]:
        """Which of them it may not publish to."""
        return await self._refused(f"PUB {subject} 2\r\n{{}}\r\n" for subject in subjects)

    async def subscribes(self, subjects: set[str]) -> set[str]:
        """Which of them it may not subscribe to."""
        return await self._refused(f"SUB {subject} {number}\r\n" for number, subject in enumerate(subjects))

    async def _refused(self, words: Iterable[str]) -> set[str]:
        refused: set[str] = set()
        for word in words:
            self._writer.write(f"{word}PING\r\n".encode())
            while (said := (await self._reader.readline()).decode()) != "PONG\r\n":
                assert said, "the broker has hung up"
                refused.update(REFUSED.findall(said))
        return refused


@asynccontextmanager
async def wired(broker: NatsServer, user: str) -> AsyncIterator[Wire]:
    address = urlsplit(broker.url(user))
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        await reader.readline()
        login = {"user": address.username, "pass": address.password, "verbose": False, "pedantic": False}
        writer.write(f"CONNECT {json.dumps(login)}\r\n".encode())
        yield Wire(reader, writer)
    finally:
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def connected(broker: NatsServer, user: str) -> AsyncIterator[tuple[Client, list[str]]]:
    """A client, and the errors that it has heard."""
    errors: list[str] = []

    async def hear(error: Exception) -> None:
        errors.append(str(error))

    client = await nats.connect(broker.url(user), inbox_prefix=all_inboxes()[user].encode(), error_cb=hear)
    try:
        yield client, errors
    finally:
        await client.close()


def said_by(user: str) -> set[str]:
    """The messages and queries that the catalogue lets it say, of both schools."""
    role, schools = (SCHOOL, (SCHOOLS[user],)) if user in SCHOOLS else (user, tuple(SCHOOLS.values()))
    everything = user == PROVISIONER
    said = [message.stem for message in MESSAGES if role in message.producers or everything]
    asked = [query.stem for query in QUERIES if role in query.askers or everything]
    return {f"{stem}.{school_id}" for stem in (*said, *asked) for school_id in schools}


def all_durables() -> list[Durable]:
    return [*DURABLES, *(reader for school_id in SCHOOLS.values() for reader in readers_of(school_id))]


def is_of(durable: Durable, user: str) -> bool:
    return durable.service == SCHOOLS.get(user, user)


def pulling(durable: Durable) -> set[str]:
    return {
        f"$JS.API.CONSUMER.INFO.{durable.stream}.{durable.name}",
        f"$JS.API.CONSUMER.MSG.NEXT.{durable.stream}.{durable.name}",
        f"$JS.ACK.{durable.stream}.{durable.name}.1.1.1.1.1",
    }


def operating() -> set[str]:
    """What only who keeps the streams may ask of the broker; another's events among it, by every way that there is."""
    streams = {f"$JS.API.STREAM.{verb}.{stream.name}" for stream in STREAMS for verb in ABOUT_STREAMS}
    consumers = {
        f"$JS.API.CONSUMER.{verb}.{durable.stream}.{durable.name}"
        for durable in all_durables()
        for verb in ("DELETE", "PAUSE", "DURABLE.CREATE", "CREATE")
    }
    reading = {
        f"$JS.API.CONSUMER.CREATE.{EVENTS.name}.mine.certificates.evt.issued.v1.{SCHOOL_ID}",
        f"$JS.API.CONSUMER.CREATE.{EVENTS.name}.mine",
        f"$JS.API.CONSUMER.CREATE.{EVENTS.name}",
        f"$JS.API.CONSUMER.NAMES.{EVENTS.name}",
        f"$JS.API.CONSUMER.LIST.{EVENTS.name}",
        f"$JS.API.DIRECT.GET.{EVENTS.name}",
        f"$JS.API.DIRECT.GET.{EVENTS.name}.certificates.evt.issued.v1.{SCHOOL_ID}",
    }
    return streams | consumers | reading | {f"$JS.API.{about}" for about in ABOUT_ALL}


def all_inboxes() -> dict[str, str]:
    """By user."""
    return {user: inbox_of(SCHOOL, SCHOOLS[user]) if user in SCHOOLS else inbox_of(user) for user in USERS}


def events_of(school_id: str) -> set[str]:
    return {message.subject(school_id) for message in MESSAGES if SCHOOL in message.consumers}


@pytest.mark.parametrize("user", USERS)
async def test_a_credential_publishes_what_the_tables_give_it_and_nothing_of_anybody_elses(
    broker: TwoSchools, user: str
) -> None:
    own = set().union(*(pulling(durable) for durable in all_durables() if is_of(durable, user)))
    others = set().union(*(pulling(durable) for durable in all_durables() if not is_of(durable, user)))
    dead = {f"dead.{service}.purpose" for service in SERVICES}
    said = set().union(*map(said_by, USERS))
    # Who keeps the streams may do all of that, and doing it would end the test.
    risky = set() if user == PROVISIONER else operating()
    tried = own | others | dead | said | risky | {f"{inbox}.token" for inbox in all_inboxes().values()}
    allowed = said_by(user) | own | {f"dead.{user}.purpose"}
    if user == PROVISIONER:
        allowed |= {subject for subject in others if subject.startswith("$JS.API.")}
    async with wired(broker, user) as wire:
        assert await wire.publishes(tried) == tried - allowed


@pytest.mark.parametrize("user", USERS)
async def test_a_credential_hears_its_own_answers_questions_and_events_and_nothing_of_anybody_elses(
    broker: TwoSchools, user: str
) -> None:
    questions = {f"{query.stem}.*": query.service for query in QUERIES}
    inboxes = {f"{inbox}.>": whose for whose, inbox in all_inboxes().items()}
    events = {subject: whose for whose, school_id in SCHOOLS.items() for subject in events_of(school_id)}
    commands = {message.subject(SCHOOL_ID) for message in MESSAGES if message.kind == "cmd"}
    everything = {">", "*.>", "$JS.>", "$SYS.>", "_INBOX.>", *(kept for stream in STREAMS for kept in stream.subjects)}
    belongs = questions | inboxes | events
    tried = set(belongs) | commands | everything
    async with wired(broker, user) as wire:
        assert await wire.subscribes(tried) == tried - {subject for subject, whose in belongs.items() if whose == user}


async def test_a_school_pulls_its_own_events_and_no_others(broker: TwoSchools) -> None:
    async with connected(broker, PROVISIONER) as (progression, _), connected(broker, SCHOOL) as (school, _):
        for school_id in SCHOOLS.values():
            subject = f"certificates.evt.issued.v1.{school_id}"
            await progression.jetstream().publish(subject, school_id.encode())
        [reader] = readers_of(SCHOOL_ID)
        pulled = await school.jetstream().pull_subscribe_bind(durable=reader.name, stream=EVENTS.name)
        assert [message.data.decode() for message in await pulled.fetch(10, timeout=1)] == [SCHOOL_ID]


async def test_a_school_that_hears_an_event_cannot_acknowledge_it_in_the_brokers_place(broker: TwoSchools) -> None:
    async with connected(broker, PROVISIONER) as (progression, _), connected(broker, SCHOOL) as (school, errors):
        heard: list[Msg] = []

        async def answer(message: Msg) -> None:
            heard.append(message)
            await message.respond(b'{"stream":"EVENTS","seq":4711}')

        await school.subscribe(f"certificates.evt.*.*.{SCHOOL_ID}", cb=answer)
        await school.flush()
        kept = await progression.jetstream().publish(f"certificates.evt.issued.v1.{SCHOOL_ID}", b"{}")

        async def is_heard() -> bool:
            return bool(heard)

        await eventually(is_heard)
        await school.flush()
        assert kept.seq != 4711
        assert [heard[0].reply.lower() in error for error in errors] == [True]
