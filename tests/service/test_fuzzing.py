"""Whatever is said to a service ends as a refusal or a dead letter and changes nothing, and the next is handled."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from structlog.processors import format_exc_info
from structlog.testing import capture_logs

from contracts.catalogue import QUERIES, MessageType
from contracts.topology import STREAMS, WEBHOOKS_EVENTS
from deploy.embedded.nats import MAX_PAYLOAD
from deploy.embedded.postgres import PostgresServer
from deploy.embedded.process import free_port
from tests.conftest import PASSWORDS, fresh_database, provisioned
from tests.service.hostile_ends import (
    all_are_kept_aside,
    all_are_refused,
    are_refused_or_kept_aside,
    named,
)
from tests.service.hostile_messages import (
    LISTENED,
    body_of,
    endless,
    later,
    questions,
    readers_of,
    spoilt_messages,
    telling,
    unreadable,
    with_many_mistakes,
)
from tests.service.hostile_services import all_services
from tests.service.hostile_values import (
    telling_what_cannot_be_kept,
    to_be_kept_aside,
    to_be_passed_over,
    to_be_refused,
    unprintables,
)
from tests.service.hostile_wire import SCHOOL, hostile, with_nasty_headers, with_nasty_subjects
from tests.service.hostile_world import World
from tests.service.open_broker import OpenBroker
from tests.service.progression_driven import FromAThread

pytestmark = pytest.mark.heavy

UNKNOWN_COMMANDS = ("roster.cmd", "roster.cmd.nothing.v1", "roster.cmd.put_school.v0", "progress.cmd.record_marks.v1.x")
UNKNOWN_EVENTS = (
    "rendering.evt",
    "rendering.evt.rendered.v1.x",
    "certificates.evt.nothing.v1",
    "portal.evt.nothing.v1",
)
ORDERS = (
    "$JS.API.STREAM.PURGE.DEAD_LETTERS",
    "$JS.API.STREAM.DELETE.DEAD_LETTERS",
    "$JS.ACK.COMMANDS.progression-commands.1.1.1.1.0",
    "dead.progression.nothing",
    "roster.cmd.put_school.v1.demo",
)
FRESH = int(os.environ.get("LAUREL_SEED", secrets.randbits(32)))
SECRET = "Aroha-of-the-Ngatas"
SETTINGS = settings(
    deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), print_blob=True
)
ONE_OF_EACH_DURABLE = {tuple(readers_of(f"{message.stem}.")): message.stem for message in LISTENED}.values()


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> AsyncIterator[World]:
    home = tmp_path_factory.mktemp("hostile")
    async with (
        provisioned(OpenBroker(home / "nats", free_port(), PASSWORDS, SCHOOL)) as broker,
        fresh_database(postgres) as database,
        all_services(broker, database, home / "artefacts") as world,
    ):
        yield world


async def spoil(world: World, wanted: settings, chosen: int | None = None) -> None:
    """Forbidden messages by the lot, as many lots as are wanted."""
    wait_for = FromAThread()

    @given(st.lists(spoilt_messages(), min_size=40, max_size=40))
    def all_end_well(spoilt: list[tuple[MessageType, bytes]]) -> None:
        wait_for(are_refused_or_kept_aside(world, spoilt))

    await asyncio.to_thread(wanted(all_end_well if chosen is None else seed(chosen)(all_end_well)))


async def test_a_question_that_cannot_be_read_is_told_why_and_changes_nothing(world: World) -> None:
    async with world.unharmed():
        for query in QUERIES:
            asked = list(questions(query))
            answers = await asyncio.gather(*(world.ask(query.stem, question) for question in asked))
            refusals = [answer["error"] for answer in answers if "error" in answer]
            assert len(refusals) > len(asked) / 4
            assert [each for each in refusals if each["code"] == "internal" or not each["message"]] == []


async def test_a_question_for_a_school_that_can_be_none_is_told_so(world: World) -> None:
    for query in QUERIES:
        for school_id in ("demo/canary", "x" * 65, "ūñí", "$JS"):
            answer = await world.ask(query.stem, b"{}", school_id)
            assert answer["error"]["code"] == "unreadable"


async def test_an_answer_is_never_an_order_to_the_broker(world: World) -> None:
    """A service has rights that those who ask it have not."""
    async with world.unharmed():
        before = {stream.name: await world.kept(stream.name) for stream in STREAMS}
        for query in QUERIES:
            for order in ORDERS:
                await world.asks_with_answer_to(order, query.stem)
        await asyncio.gather(*(world.ask(query.stem) for query in QUERIES))
        assert {stream.name: await world.kept(stream.name) for stream in STREAMS} == before


async def test_a_body_that_cannot_be_read_is_kept_aside_and_changes_nothing(world: World) -> None:
    messages = [message for listened in LISTENED for message in unreadable(listened.stem)]
    async with world.unharmed():
        assert await world.says(messages) == messages
        await all_are_kept_aside(world, messages)


async def test_a_command_that_cannot_be_read_is_refused_too(world: World) -> None:
    answered = [listened for listened in LISTENED if listened.kind == "cmd" and listened.name != "issue"]
    messages = [message for listened in answered for message in unreadable(listened.stem)]
    async with world.unharmed():
        assert await world.says(messages) == messages
        await all_are_refused(world, messages)
        await all_are_kept_aside(world, messages)


@pytest.mark.heavy
async def test_a_body_that_the_contract_forbids_is_refused_or_kept_aside_and_changes_nothing(world: World) -> None:
    """The same examples every time."""
    async with world.unharmed():
        await spoil(world, settings(SETTINGS, max_examples=30, derandomize=True))


@pytest.mark.heavy
@pytest.mark.parametrize("chosen", [FRESH])
async def test_many_fresh_bodies_that_the_contract_forbids_change_nothing(world: World, chosen: int) -> None:
    """A run that failed has its seed in its name: LAUREL_SEED repeats it."""
    async with world.unharmed():
        await spoil(world, settings(SETTINGS, max_examples=250), chosen)


async def test_a_mistake_in_every_place_is_refused_in_few_words(world: World) -> None:
    message = with_many_mistakes("progress.cmd.record_marks.v1", "marks")
    async with world.unharmed():
        assert await world.says([message]) == [message]
        await all_are_refused(world, [message])
    assert len(world.heard.refused[message.id]) <= 50


async def test_a_message_as_long_as_the_broker_takes_is_kept_aside_as_far_as_it_can_be(world: World) -> None:
    """One after the other: whoever listens to all of them at once is cut off by the broker as too slow."""
    async with world.unharmed():
        for stem in ONE_OF_EACH_DURABLE:
            message = endless(stem, MAX_PAYLOAD)
            assert await world.says([message]) == [message]
            await all_are_kept_aside(world, [message])


async def test_a_message_with_headers_that_no_client_sends_is_kept_aside_and_silences_nobody(world: World) -> None:
    messages = [message for stem in ONE_OF_EACH_DURABLE for message in with_nasty_headers(stem)]
    async with world.unharmed():
        since = await world.newest_letter()
        accepted = await world.says(messages)
        assert all("expectation" in message.name for message in messages if message not in accepted)
        await all_are_kept_aside(world, accepted)
        await world.letters_are_shown(since)


async def test_a_message_for_a_school_that_can_be_none_is_kept_aside(world: World) -> None:
    messages = [message for stem in ONE_OF_EACH_DURABLE for message in with_nasty_subjects(stem)]
    async with world.unharmed():
        await all_are_kept_aside(world, await world.says(messages))


@pytest.mark.heavy
async def test_what_the_contract_allows_and_nothing_can_be_is_refused_or_kept_aside(world: World) -> None:
    refused = list(to_be_refused(await world.certificate_of_canary(), await world.letter_of_canary()))
    passed_over, kept_aside = list(to_be_passed_over()), list(to_be_kept_aside())
    unprintable = dict(unprintables())
    messages = [*refused, *passed_over, *kept_aside, *unprintable.values()]
    async with world.unharmed():
        assert await world.says(messages) == messages
        await all_are_refused(world, refused)
        # Webhooks pass numbers on as they are.
        await all_are_kept_aside(world, kept_aside, but=WEBHOOKS_EVENTS)
        await world.become(
            {each: each for each in unprintable}, lambda certificate: certificate in world.heard.failed, "failed"
        )
    assert not any(world.heard.dead[message.id] for message in (*refused, *passed_over))


async def test_what_no_service_knows_is_refused_or_passed_over(world: World) -> None:
    """A later version is for its own readers; a command that has none yet is not taken for the one before."""
    commands = [
        *(hostile("unknown", stem, b"{}") for stem in UNKNOWN_COMMANDS),
        *(hostile("a later version", later(each.stem), body_of(each)) for each in LISTENED if each.kind == "cmd"),
    ]
    events = [
        *(hostile("unknown", stem, b"{}") for stem in UNKNOWN_EVENTS),
        *(hostile("a later version", later(each.stem), body_of(each)) for each in LISTENED if each.kind == "evt"),
    ]
    async with world.unharmed():
        assert await world.says([*commands, *events]) == [*commands, *events]
        # Rendering refuses nothing: its commands are progression's.
        await world.become(
            named(commands), lambda each: each.id in world.heard.refused or each.id in world.heard.dead, "refused"
        )
    assert not any(world.heard.dead[event.id] for event in events)


@pytest.mark.heavy
async def test_what_is_said_of_a_strange_message_repeats_nothing_of_it(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A body may hold a child's name or a family's link; logs, reasons and refusals are read by others."""
    messages = [message for listened in LISTENED for message in telling(SECRET, listened.stem)]
    messages += telling_what_cannot_be_kept(SECRET)
    already = len(world.heard.reasons)
    with capture_logs(processors=[format_exc_info]) as logged:
        async with world.unharmed():
            assert await world.says(messages) == messages
    refusals = [world.heard.refused[message.id] for message in messages]
    assert len(world.heard.reasons) - already >= len(LISTENED)
    assert SECRET not in repr([refusals, logged, caplog.text, world.heard.reasons])
