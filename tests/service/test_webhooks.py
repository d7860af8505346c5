"""Public events arrive, signed, at systems that speak HTTP and not NATS, however these behave."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright._impl._driver import compute_driver_executable

from contracts.base import Body
from contracts.catalogue import ACT_ON_WEBHOOK, PUT_WEBHOOK, WEBHOOK, WEBHOOKS
from contracts.certificates import Withdrawn
from contracts.envelope import new_id, wrap
from contracts.erasure import Erased, WebhooksErased
from contracts.queries import Everything
from contracts.webhook_queries import ActOnEndpoint, AskEndpoint, Endpoint, EndpointChanged, EndpointPage, PutEndpoint
from deploy.embedded.nats import NatsServer
from deploy.embedded.process import free_port, spawn, stop
from services.kit.broker import Bus, NobodyAnswered
from services.kit.telemetry import Metrics
from services.webhooks.app import build_app
from services.webhooks.settings import WebhookSettings
from tests.conftest import TestDatabase
from tests.everything_kept import rows, telling
from tests.running import running
from tests.school import SCHOOL_ID
from tests.service.misbehaving_receiver import Receiver, WebhookVerificationError, answering, receiving
from tests.service.neighbours_families import issued
from tests.waiting import eventually

QUICK = 0.002
"""Delays of 10 ms, 0.6 s…"""
Act = Literal["enable", "disable", "rotate", "test", "replay"]


@dataclass
class World:
    """Who tells webhooks, who asks it, and who hears from it."""

    receiver: Receiver
    progression: Bus
    staff: Bus
    database: TestDatabase

    async def says(self, *events: Body) -> list[str]:
        """The events' ids."""
        envelopes = [wrap(event, SCHOOL_ID, source="/laurel/progression") for event in events]
        for envelope in envelopes:
            await self.progression.publish(envelope)
        return [envelope.id for envelope in envelopes]

    async def answers(self) -> None:
        async def answered() -> bool:
            try:
                return (await self.staff.ask(WEBHOOKS, SCHOOL_ID, Everything())).endpoints == ()
            except NobodyAnswered:
                return False

        await eventually(answered)

    async def put(self, path: str = "/hook", *types: str, url: str | None = None) -> EndpointChanged:
        asked = PutEndpoint(
            endpoint_id=new_id(),
            url=url or self.receiver.url(path),
            types=types or ("certificates.issued", "certificates.withdrawn"),
            requested_by="Rangi",
        )
        return await self.staff.ask(PUT_WEBHOOK, SCHOOL_ID, asked)

    async def act(self, endpoint: Endpoint, act: Act, since: datetime | None = None) -> EndpointChanged:
        asked = ActOnEndpoint(endpoint_id=endpoint.endpoint_id, act=act, since=since, requested_by="Rangi")
        return await self.staff.ask(ACT_ON_WEBHOOK, SCHOOL_ID, asked)

    async def page(self, endpoint: Endpoint) -> EndpointPage:
        return await self.staff.ask(WEBHOOK, SCHOOL_ID, AskEndpoint(endpoint_id=endpoint.endpoint_id))

    async def comes_to(self, endpoint: Endpoint, *states: str, within: float = 15.0) -> EndpointPage:
        """The deliveries' states, newest event first."""

        async def there() -> EndpointPage | None:
            page = await self.page(endpoint)
            return page if tuple(each.state for each in page.deliveries) == states else None

        return await eventually(there, within=within, what=f"deliveries {states}")

    async def tried(self, count: int, path: str = "/hook") -> list[str]:
        async def enough() -> list[str] | None:
            ids = self.receiver.ids(path)
            return ids if len(ids) >= count else None

        return await eventually(enough, what=f"{count} tries at {path}")


def app_for(server: NatsServer, database: TestDatabase, **changes: Any) -> Any:
    told = {"webhook_private_addresses": True, "webhook_delay_scale": QUICK, "webhook_timeout_s": 0.5, **changes}
    return build_app(WebhookSettings(nats_url=server.url("webhooks"), postgres_url=database.url("webhooks"), **told))


@asynccontextmanager
async def world_of(server: NatsServer, database: TestDatabase) -> AsyncIterator[World]:
    progression = Bus("progression", server.url("progression"), Metrics())
    staff = Bus("staff", server.url("staff"), Metrics())
    async with receiving() as receiver:
        await progression.start()
        await staff.start()
        try:
            yield World(receiver, progression, staff, database)
        finally:
            await staff.stop()
            await progression.stop()


@pytest.fixture
async def world(nats_server: NatsServer, database: TestDatabase) -> AsyncIterator[World]:
    async with world_of(nats_server, database) as world, running(app_for(nats_server, database)):
        await world.answers()
        yield world


async def test_an_event_arrives_once_and_signed_as_the_official_library_wants_it(world: World) -> None:
    put = await world.put()
    assert put.secret
    [event_id] = await world.says(issued("c1"))
    await world.comes_to(put.endpoint, "delivered")
    event = world.receiver.read(put.secret)
    assert (event["id"], event["type"], event["school"]) == (
        event_id,
        "school.laurel.certificates.issued.v1",
        SCHOOL_ID,
    )
    assert event["data"]["certificate_id"] == "c1"
    assert world.receiver.ids() == [event_id]
    with pytest.raises(WebhookVerificationError):
        world.receiver.read("whsec_" + base64.b64encode(b"somebody else's secret, of 32 by").decode())

    again = await world.act(put.endpoint, "rotate")
    assert again.secret
    await world.says(Withdrawn(certificate_id="c1", version=1, reason="Twice"))
    await world.comes_to(put.endpoint, "delivered", "delivered")
    assert world.receiver.read(put.secret) == world.receiver.read(again.secret)


@pytest.mark.heavy
async def test_only_a_2xx_is_success_and_what_failed_is_tried_again(world: World) -> None:
    world.receiver.whims += [answering(500), answering(302, f"location: {world.receiver.url('/elsewhere')}")]
    put = await world.put()
    await world.says(issued("c1"))
    page = await world.comes_to(put.endpoint, "delivered")
    assert [each.attempts for each in page.deliveries] == [3]
    assert len(set(world.receiver.ids())) == 1
    assert world.receiver.ids("/elsewhere") == []
    assert page.endpoint.state == "active"


@pytest.mark.heavy
async def test_who_hangs_or_breaks_off_is_failing_and_delays_nobody_else(world: World) -> None:
    world.receiver.slow.add("/slow")
    slow, quick = await world.put("/slow"), await world.put("/quick")
    await world.says(*(issued(f"c{number}") for number in range(12)))
    await world.comes_to(quick.endpoint, *["delivered"] * 12)
    await world.tried(5, "/slow")

    async def failing() -> EndpointPage | None:
        page = await world.page(slow.endpoint)
        return page if page.endpoint.state == "failing" else None

    page = await eventually(failing)
    assert page.endpoint.pending == 12
    assert "It did not answer in time." in {each.error for each in page.deliveries}


@pytest.mark.heavy
async def test_410_disables_and_enabling_delivers_what_waited(world: World) -> None:
    world.receiver.whims.append(answering(410))
    put = await world.put()
    await world.says(issued("c1"))

    async def disabled() -> EndpointPage | None:
        page = await world.page(put.endpoint)
        return page if page.endpoint.state == "disabled" else None

    assert "410" in ((await eventually(disabled)).endpoint.disabled_because or "")
    assert (await world.act(put.endpoint, "enable")).endpoint.state == "active"
    await world.comes_to(put.endpoint, "delivered")


@pytest.mark.heavy
async def test_where_nothing_arrives_for_days_nothing_is_sent_any_more(
    nats_server: NatsServer, database: TestDatabase
) -> None:
    async with (
        world_of(nats_server, database) as world,
        running(app_for(nats_server, database, webhook_disable_after_days=1e-8)),
    ):
        await world.answers()
        world.receiver.whims += [answering(500)] * 2
        put = await world.put()
        await world.says(issued("c1"))

        async def disabled() -> str | None:
            return (await world.page(put.endpoint)).endpoint.disabled_because

        assert await eventually(disabled) == "Nothing has arrived there for days."
        await world.says(issued("c2"))
        assert (await world.act(put.endpoint, "enable")).endpoint.state == "active"
        await world.comes_to(put.endpoint, "delivered")


@pytest.mark.heavy
async def test_events_are_sent_again_from_a_time_on(world: World) -> None:
    put = await world.put()
    [first] = await world.says(issued("c1"))
    await world.comes_to(put.endpoint, "delivered")
    later = datetime.now(UTC)
    [second] = await world.says(issued("c2"))
    await world.comes_to(put.endpoint, "delivered", "delivered")
    assert (await world.act(put.endpoint, "replay", since=later)).queued == 1
    assert await world.tried(3) == [first, second, second]
    assert (await world.act(put.endpoint, "replay", since=later - timedelta(days=1))).queued == 2
    assert sorted((await world.tried(5))[3:]) == sorted([first, second])


@pytest.mark.heavy
async def test_a_test_event_arrives_and_its_like_is_forgotten_once_said(world: World) -> None:
    put = await world.put()
    await world.act(put.endpoint, "test")
    await world.comes_to(put.endpoint, "delivered")
    assert world.receiver.read(put.secret or "")["type"] == "school.laurel.webhooks.test.v1"
    assert (await world.act(put.endpoint, "replay", since=datetime.now(UTC) - timedelta(days=1))).queued == 0


@pytest.mark.heavy
async def test_nothing_of_an_erased_child_is_kept_and_the_other_system_hears_of_it(world: World) -> None:
    put = await world.put("/hook", "certificates.issued", "certificates.erased")
    await world.says(issued("c-gone"), issued("c-stays", student_id="s-other"))
    await world.comes_to(put.endpoint, "delivered", "delivered")
    told = Erased(erasure_id=new_id(), round=1, student_id="s-mia", certificate_ids=("c-gone",))
    await world.says(told)
    await world.tried(3)
    await world.comes_to(put.endpoint, "delivered", "delivered")
    assert world.receiver.read(put.secret or "")["data"]["student_id"] == "s-mia"
    await world.says(issued("c-gone"), issued("c-stays", version=2, student_id="s-other"))
    await world.comes_to(put.endpoint, "delivered", "delivered", "delivered")
    kept = [each async for each in rows(world.database.superuser_url)]
    assert [each for each in telling(kept, "c-gone", "s-mia") if "outbox" not in each] == []
    assert telling(kept, "c-stays")
    said = await world.progression.jetstream.get_last_msg("INTERNAL", f"webhooks.evt.erased.v1.{SCHOOL_ID}")
    assert WebhooksErased.model_validate_json(said.data or b"").removed == {"events for other systems": 1}


@pytest.mark.heavy
async def test_a_name_that_leads_inside_is_not_followed(nats_server: NatsServer, database: TestDatabase) -> None:
    app = app_for(nats_server, database, webhook_private_addresses=False)
    async with world_of(nats_server, database) as world, running(app):
        await world.answers()
        put = await world.put(url=f"https://localhost:{world.receiver.port}/hook")
        await world.says(issued("c1"))

        async def tried() -> str | None:
            deliveries = (await world.page(put.endpoint)).deliveries
            return deliveries[0].error if deliveries else None

        assert "network that Laurel runs in" in await eventually(tried)
        assert world.receiver.tries == []


@pytest.mark.heavy
async def test_kill_9_in_the_middle_of_a_delivery_loses_nothing(
    nats_server: NatsServer, database: TestDatabase, tmp_path: Path
) -> None:
    variables = {
        "LAUREL_NATS_URL": nats_server.url("webhooks"),
        "LAUREL_POSTGRES_URL": database.url("webhooks"),
        "LAUREL_HTTP_PORT": str(free_port()),
        "LAUREL_WEBHOOK_PRIVATE_ADDRESSES": "true",
        "LAUREL_WEBHOOK_TIMEOUT_S": "0.5",
    }
    async with world_of(nats_server, database) as world:
        world.receiver.whims.append(None)
        process = spawn([sys.executable, "-m", "services.webhooks"], tmp_path / "log", variables)
        try:
            await world.answers()
            put = await world.put()
            said = await world.says(issued("c1"))
            await world.tried(1)
        finally:
            stop(process, signal.SIGKILL)
        async with running(app_for(nats_server, database)):
            await world.comes_to(put.endpoint, "delivered")
        assert set(world.receiver.ids()) == set(said)
        assert len(world.receiver.ids()) == 2


@pytest.mark.heavy
async def test_the_guide_verifies_as_printed(world: World) -> None:
    put = await world.put()
    await world.says(issued("c1"))
    await world.comes_to(put.endpoint, "delivered")
    [(_, headers, body)] = world.receiver.tries
    guide = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
    [python] = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    [node] = re.findall(r"```js\n(.*?)```", guide, re.DOTALL)
    printed: dict[str, Any] = {}
    exec(python, printed)  # what the guide says is what is tried
    told = json.dumps([put.secret, headers, body.decode()])
    said = f"{node}\nconst [s, h, b] = {told}; for (const x of [b, 'x']) console.log(verified(s, h, Buffer.from(x)));"
    assert printed["verified"](put.secret, headers, body)
    assert not printed["verified"](put.secret, headers, body + b" ")
    answer = await asyncio.to_thread(subprocess.run, [_node(), "-e", said], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["true", "false"]


def _node() -> str:
    """Playwright brings one."""
    return compute_driver_executable()[0]


@pytest.mark.heavy
async def test_two_processes_deliver_each_event_once(nats_server: NatsServer, database: TestDatabase) -> None:
    async with (
        world_of(nats_server, database) as world,
        running(app_for(nats_server, database)),
        running(app_for(nats_server, database)),
    ):
        await world.answers()
        put = await world.put()
        said = await world.says(*(issued(f"c{number}") for number in range(40)))
        await world.comes_to(put.endpoint, *["delivered"] * 40)
        assert sorted(world.receiver.ids()) == sorted(said)
        assert world.receiver.most_at_once <= 8
