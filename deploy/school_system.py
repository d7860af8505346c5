"""The school's own system, as any other could be: commands, queries and events with the school's credential."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Self, TypeVar

import nats
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from contracts.base import Body
from contracts.catalogue import BY_STEM, COMMAND, PDF, SCHOOL, QueryType, stem_of
from contracts.envelope import new_id, wrap
from contracts.permissions import inbox_of
from contracts.queries import AskCommand, AskPdf
from contracts.topology import COMMANDS, EVENTS
from deploy.trust import nats_ca_file
from services.kit.connection import trusting

Request = TypeVar("Request", bound=Body)
Reply = TypeVar("Reply", bound=Body)
Event = TypeVar("Event", bound=Body)
Found = TypeVar("Found")

SOURCE = "/school/demo"
ASK_TIMEOUT_S = 10.0
POLL_S = 0.05


class Unanswered(Exception):
    """A query was refused, or nobody answered; the text says which and why."""


class CommandRefused(Exception):
    """The rules refused a command; the text gives the reasons."""


class NotWithin(Exception):
    """What was waited for did not come in time; the text says what."""


class SchoolSystem:
    def __init__(self, client: Client, school_id: str) -> None:
        self._client = client
        self._school_id = school_id
        self.heard: list[Body] = []
        """Every event of this school since it connected."""

    @classmethod
    @asynccontextmanager
    async def connected(cls, url: str, school_id: str) -> AsyncIterator[Self]:
        tls = {"tls": trusting(nats_ca_file())} if url.startswith("tls://") else {}
        client = await nats.connect(url, inbox_prefix=inbox_of(SCHOOL, school_id).encode(), **tls)
        try:
            system = cls(client, school_id)
            for subjects in EVENTS.subjects:
                await client.subscribe(f"{subjects.removesuffix('>')}*.v1.{school_id}", cb=system._hear)
            await client.flush()
            yield system
        finally:
            await client.close()

    async def send(self, *commands: tuple[Body, str | None]) -> list[str]:
        """Publish commands in their order, each with its id (or a new one); returns the ids once all are stored."""
        jetstream = self._client.jetstream()
        envelopes = [
            wrap(body, self._school_id, source=SOURCE, message_id=command_id or new_id())
            for body, command_id in commands
        ]
        await asyncio.gather(
            *(
                jetstream.publish(one.subject, one.body, headers=one.headers, stream=COMMANDS.name, timeout=30)
                for one in envelopes
            )
        )
        return [one.id for one in envelopes]

    async def until_accepted(self, command_id: str, within: float = 60.0) -> None:
        """CommandRefused with its reasons, or NotWithin."""

        async def look() -> bool:
            outcome = await self.ask(COMMAND, AskCommand(command_id=command_id))
            if outcome.state == "refused":
                raise CommandRefused("; ".join(reason.message for reason in outcome.reasons))
            return outcome.state == "accepted"

        await until(look, within, f"the command {command_id} to be handled")

    async def is_accepted(self, command_id: str) -> bool:
        return (await self.ask(COMMAND, AskCommand(command_id=command_id))).state == "accepted"

    async def ask(self, query: QueryType[Request, Reply], request: Request) -> Reply:
        return query.reply.model_validate_json(await self._request(query, request))

    async def ask_pdf(self, certificate_id: str, version: int) -> bytes:
        return await self._request(PDF, AskPdf(certificate_id=certificate_id, version=version))

    def events(self, body: type[Event]) -> list[Event]:
        return [event for event in self.heard if isinstance(event, body)]

    async def _request(self, query: QueryType[Any, Any], request: Body) -> bytes:
        try:
            reply = await self._client.request(
                query.subject(self._school_id), request.json_bytes(), timeout=ASK_TIMEOUT_S
            )
        except nats.errors.Error as error:
            raise Unanswered(f"{query.service} did not answer {query.name}") from error
        if reply.data.startswith(b'{"error":'):
            raise Unanswered(f"{query.stem}: {json.loads(reply.data)['error']['message']}")
        return reply.data

    async def _hear(self, message: Msg) -> None:
        self.heard.append(BY_STEM[stem_of(message.subject)].body.model_validate_json(message.data))


async def until(look: Callable[[], Awaitable[Found | None]], within: float, what: str) -> Found:
    """What `look` finds, as soon as it finds something true. NotWithin after that many seconds."""
    give_up_at = time.monotonic() + within
    while not (found := await look()):
        if time.monotonic() > give_up_at:
            raise NotWithin(f"not within {within:g} s: {what}")
        await asyncio.sleep(POLL_S)
    return found
