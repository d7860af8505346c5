"""The real progression, driven one school after the other: commands in, and all that can be seen of it from outside."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from contracts.base import Body
from contracts.certificates import Issue
from contracts.envelope import MESSAGE_ID, new_id, wrap
from contracts.topology import RENDERING_ISSUE, Durable, stream_of
from services.kit.broker import Bus, Consumers
from services.kit.delivery import Incoming
from services.kit.telemetry import Metrics
from services.progression.app import build_app
from services.progression.settings import Settings
from tests.conftest import TestDatabase
from tests.running import running
from tests.service.open_broker import OpenBroker
from tests.waiting import Found, eventually

Event = tuple[str, dict[str, Any]]
PATIENCE_S = 20.0
PAUSE_S = 0.003
RENDERERS = 4


class Driven:
    """Says what schools and rendering say, and hears what they hear."""

    def __init__(self, client: Client, rendering: Bus) -> None:
        self._client = client
        self._rendering = rendering
        self._heard: dict[str, dict[str, Event]] = defaultdict(dict)
        self._asked: dict[str, list[Issue]] = defaultdict(list)
        self.tally: Counter[str] = Counter()
        """How often each event, and each code of a refusal, was met: what the examples have tried."""
        rendering.consume(RENDERING_ISSUE, self._take, workers=RENDERERS)

    async def listen(self) -> None:
        for area in ("certificates", "progress", "commands"):
            await self._client.subscribe(f"{area}.evt.>", cb=self._hear)

    async def _hear(self, message: Msg) -> None:
        """An event that is said again is the same event: it has the same id, and says the same."""
        assert message.headers
        event = (message.subject.split(".v1.")[0], json.loads(message.data))
        known = self._heard[message.subject.rpartition(".")[2]].setdefault(message.headers["ce-id"], event)
        assert known == event, f"{known} was said again as {event}"

    async def _take(self, incoming: Incoming) -> None:
        self._asked[incoming.school_id].append(Issue.model_validate_json(incoming.body))

    def heard(self, school_id: str) -> list[Event]:
        return list(self._heard[school_id].values())

    def asked(self, school_id: str) -> list[Issue]:
        return self._asked[school_id]

    # --- said

    async def publish(self, school_id: str, body: Body, message_id: str) -> None:
        """Past the broker's own suppression of what it has seen: progression has to know a repeat."""
        envelope = wrap(body, school_id, source="/test", message_id=message_id)
        headers = envelope.headers | {MESSAGE_ID: new_id()}
        stream = stream_of(envelope.subject).name
        await self._client.jetstream().publish(
            envelope.subject, envelope.body, headers=headers, stream=stream, timeout=PATIENCE_S
        )

    async def has_read(self, *durables: Durable) -> None:
        """progression has read all that was said to these."""

        async def nothing_waits() -> bool:
            infos = [await self._client.jetstream().consumer_info(each.stream, each.name) for each in durables]
            return all(info.num_pending == 0 and info.num_ack_pending == 0 for info in infos)

        await self.soon(nothing_waits, f"{durables} are read")

    # --- asked

    async def outcome(self, school_id: str, command_id: str) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            found = await self.ask(school_id, "progression.query.command", command_id=command_id)
            return None if found["state"] == "unknown" else found

        return await self.soon(look, f"{command_id} is handled")

    async def ask(self, school_id: str, query: str, **question: Any) -> dict[str, Any]:
        reply = await self._client.request(f"{query}.v1.{school_id}", json.dumps(question).encode(), timeout=10)
        answer: dict[str, Any] = json.loads(reply.data)
        return answer

    async def soon(self, look: Callable[[], Awaitable[Found | None]], what: str) -> Found:
        return await eventually(look, within=PATIENCE_S, what=what, pause=PAUSE_S)


@asynccontextmanager
async def progression_driven(broker: OpenBroker, database: TestDatabase) -> AsyncIterator[Driven]:
    settings = Settings(
        nats_url=broker.url("progression"),
        postgres_url=database.url("progression"),
        portal_url="https://portal.example",
        # Nobody plays portal and notification here: what they have not heard of is not told again.
        reconcile_after_s=3600,
    )
    client = await nats.connect(broker.url_of_anyone())
    rendering = Bus("rendering", broker.url("rendering"), Metrics())
    driven = Driven(client, rendering)
    consumers = Consumers(rendering)
    async with running(build_app(settings)):
        await driven.listen()
        await rendering.start()
        await consumers.start()
        yield driven
        await consumers.stop()
        await rendering.stop()
    await client.close()


class FromAThread:
    """hypothesis runs its machines in a thread of their own; the world lives in the loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def __call__(self, awaitable: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(awaitable, self._loop).result(PATIENCE_S * 3)
