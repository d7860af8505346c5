"""The school's other system: a bare NATS client that knows the subjects and the JSON, and nothing of Laurel's code."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from tests.waiting import eventually

SCHOOL_ID = "demo"
INBOX = b"_INBOX_school_demo"
"""Where the school's own systems have their answers come in."""
Event = dict[str, Any]


class SchoolSystem:
    def __init__(self, client: Client, school_id: str) -> None:
        self._client = client
        self._school_id = school_id
        self.heard: list[tuple[str, Event]] = []
        """Every event of this school since it connected: (`certificates.evt.issued`, body)."""

    @classmethod
    async def connect(cls, url: str, school_id: str = SCHOOL_ID) -> SchoolSystem:
        client = await nats.connect(url, inbox_prefix=f"_INBOX_school_{school_id}".encode())
        system = cls(client, school_id)
        for area in ("certificates", "progress", "commands"):
            await client.subscribe(f"{area}.evt.*.v1.{school_id}", cb=system._hear)
        await client.flush()
        return system

    async def close(self) -> None:
        await self._client.close()

    async def _hear(self, message: Msg) -> None:
        self.heard.append((message.subject.split(".v1.")[0], json.loads(message.data)))

    async def command(self, name: str, body: Any, command_id: str | None = None) -> str:
        """Publish a command (`roster.cmd.put_teacher`) and return its id. A `bytes` body is sent as it is."""
        command_id = command_id or str(uuid.uuid4())
        area, _, verb = name.split(".")
        await self._client.jetstream().publish(
            f"{name}.v1.{self._school_id}",
            body if isinstance(body, bytes) else json.dumps(body).encode(),
            headers={
                "ce-specversion": "1.0",
                "ce-id": command_id,
                "ce-source": "/school/test",
                "ce-type": f"school.laurel.{area}.{verb}.v1",
                "content-type": "application/json",
            },
        )
        return command_id

    async def ask(self, query: str, body: Any = None) -> dict[str, Any]:
        """Ask `progression.query.pending` and the like; the answer as JSON."""
        reply = await self._client.request(f"{query}.v1.{self._school_id}", json.dumps(body or {}).encode(), timeout=5)
        answer: dict[str, Any] = json.loads(reply.data)
        return answer

    async def ask_bytes(self, query: str, body: Any) -> bytes:
        reply = await self._client.request(f"{query}.v1.{self._school_id}", json.dumps(body).encode(), timeout=5)
        return reply.data

    def events(self, name: str, **conditions: Any) -> list[Event]:
        """What was heard of `certificates.evt.issued`, with these values in the body."""
        return [
            body
            for heard, body in self.heard
            if heard == name and all(body.get(field) == value for field, value in conditions.items())
        ]

    async def event(self, name: str, within: float = 15.0, **conditions: Any) -> Event:
        """The first such event, waited for."""

        async def look() -> Event | None:
            return next(iter(self.events(name, **conditions)), None)

        return await eventually(look, within=within, what=f"{name} {conditions}, heard {self.heard}")

    async def refusal(self, command_id: str) -> list[dict[str, Any]]:
        """The reasons why the command was refused, waited for."""
        event = await self.event("commands.evt.refused", command_id=command_id)
        reasons: list[dict[str, Any]] = event["reasons"]
        return reasons

    async def until(self, look: Callable[[], Any], within: float = 15.0) -> Any:
        async def looked() -> Any:
            found = look()
            return await found if asyncio.iscoroutine(found) else found

        return await eventually(looked, within=within)
