"""The official CloudEvents SDK reads what Laurel says, and says the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

import nats
import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from contracts.catalogue import MESSAGES, MessageType, stem_of
from contracts.generate import sample
from contracts.permissions import PROVISIONER, inbox_of
from contracts.topology import EVENTS, INTERNAL
from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.school import SchoolSystem
from tests.service.progression_world import progression_world

BESIDE = ("Nats-", "traceparent")
"""How the headers begin that are no attributes: the broker's, and W3C Trace Context."""


def read(headers: Mapping[str, str], body: bytes) -> CloudEvent:
    """In binary mode, whose headers are the same on NATS as on HTTP. An event that is none raises."""
    attributes = {name: value for name, value in headers.items() if not name.startswith(BESIDE)}
    event = from_binary(HTTPMessage(attributes, body), JSONFormat(), CloudEvent)
    written = to_binary(event, JSONFormat())
    said_again = {name.lower(): value for name, value in written.headers.items()}
    assert _with_time_read(said_again) == _with_time_read(attributes)
    assert json.loads(written.body) == json.loads(body)
    assert isinstance(event, CloudEvent)
    return event


def _with_time_read(attributes: Mapping[str, str]) -> dict[str, object]:
    return {**attributes, "ce-time": datetime.fromisoformat(attributes["ce-time"])}


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.stem)
def test_each_golden_sample_is_a_cloudevent(message: MessageType) -> None:
    golden = sample(message.stem)
    event = read(golden["headers"], json.dumps(golden["body"]).encode())
    assert event.get_id() == golden["headers"]["ce-id"]
    assert event.get_type() == message.type
    assert event.get_source() == golden["headers"]["ce-source"]
    assert event.get_datacontenttype() == "application/json"
    assert event.get_data() == golden["body"]


def test_what_lacks_its_id_is_no_cloudevent() -> None:
    golden = sample("certificates.evt.issued.v1")
    headers = {name: value for name, value in golden["headers"].items() if name != "ce-id"}
    with pytest.raises(Exception, match="id"):
        read(headers, b"{}")


@pytest.mark.heavy
async def test_what_the_broker_carries_is_cloudevents(
    nats_server: NatsServer, database: TestDatabase, school: SchoolSystem
) -> None:
    async with progression_world(nats_server, database, school) as world:
        progression_id = await world.complete("ana")
        await world.run("r1", [{"progression_id": progression_id}], level_changes=[progression_id])
        await school.event("certificates.evt.issued", student_id="ana")
        await school.refusal(await world.mark("nobody"))
        kept = await everything_kept(nats_server)
    read_of = {stem_of(subject): read(headers, body) for subject, headers, body in kept}
    types = {message.stem: message.type for message in MESSAGES}
    assert {stem: event.get_type() for stem, event in read_of.items()} == {stem: types[stem] for stem in read_of}
    assert {
        "certificates.evt.issued.v1",
        "commands.evt.refused.v1",
        "progress.evt.level_changed.v1",
        "progress.evt.level_completed.v1",
    } <= read_of.keys()


async def everything_kept(nats_server: NatsServer) -> list[tuple[str, dict[str, str], bytes]]:
    """Subject, headers and body of all that the streams of events hold."""
    client = await nats.connect(nats_server.url(PROVISIONER), inbox_prefix=inbox_of(PROVISIONER).encode())
    try:
        jetstream = client.jetstream()
        kept = []
        for stream in (EVENTS.name, INTERNAL.name):
            last = (await jetstream.stream_info(stream)).state.last_seq
            for place in range(1, last + 1):
                message = await jetstream.get_msg(stream, place)
                kept.append((message.subject or "", dict(message.headers or {}), message.data or b""))
        return kept
    finally:
        await client.close()
