"""Whoever has nothing but the golden samples can do the main job with them."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator
from typing import Any

import nats
import pytest
from nats.aio.client import Client

from contracts.generate import SAMPLES
from contracts.rendering import LayoutField
from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.school import INBOX, SCHOOL_ID, SchoolSystem
from tests.service.progression_world import World, progression_world


@pytest.fixture
async def world(nats_server: NatsServer, database: TestDatabase, school: SchoolSystem) -> AsyncIterator[World]:
    async with progression_world(nats_server, database, school) as world:
        await world.rendering.publish_layout("harbour", "Level Certificate", LayoutField(name="notes"))
        await world.rendering.publish_layout("shoreline", "Certificate of Achievement")
        yield world


def golden(name: str) -> dict[str, Any]:
    sample: dict[str, Any] = json.loads((SAMPLES / f"{name}.v1.json").read_text())
    return sample


async def send(client: Client, sample: dict[str, Any]) -> None:
    """As it stands in the file, to this school."""
    subject = sample["subject"].replace("kauri-coast", SCHOOL_ID)
    await client.jetstream().publish(subject, json.dumps(sample["body"]).encode(), headers=sample["headers"])


async def test_the_samples_lead_from_an_empty_school_to_issued_certificates(
    nats_server: NatsServer, world: World
) -> None:
    client = await nats.connect(nats_server.url("school"), inbox_prefix=INBOX)
    for name in ("put_school", "put_family", "put_teacher", "put_level", "put_student"):
        await send(client, golden(f"roster.cmd.{name}"))
    await send(client, golden("progress.cmd.record_marks"))
    completed = await world.school.event("progress.evt.level_completed", student_id="s-0231")
    assert completed.keys() == golden("progress.evt.level_completed")["body"].keys()

    # The level that the sample leads to, so that the level change has somewhere to go.
    next_level = copy.deepcopy(golden("roster.cmd.put_level"))
    next_level["body"]["level_id"] = "level-4"
    del next_level["body"]["next_level_id"]
    next_level["headers"] |= {"ce-id": "level-4", "Nats-Msg-Id": "level-4"}
    await send(client, next_level)

    start = golden("certificates.cmd.start_generation")
    start["body"]["certificates"][0]["progression_id"] = completed["progression_id"]
    start["body"]["level_changes"] = [completed["progression_id"]]
    await send(client, start)
    issued = await world.school.event("certificates.evt.issued", kind="level")
    assert issued.keys() == golden("certificates.evt.issued")["body"].keys()
    assert issued["recipient_name"] == "Ana Ngāta"

    await send(client, golden("certificates.cmd.issue_ad_hoc"))
    ad_hoc = await world.school.event("certificates.evt.issued", kind="ad_hoc")
    assert ad_hoc["title"] == "Encouragement Certificate"
    assert world.school.events("commands.evt.refused") == []
    await client.close()
