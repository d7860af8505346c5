"""The school's office during a drill: it tells, marks and presses, and repeats what it has no answer to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import nats
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import ValidationError

from contracts.base import Body
from contracts.catalogue import COMMAND, PENDING, SCHOOL, QueryType
from contracts.certificates import IssueAdHoc, Issued, SelectedCertificate, StartGeneration
from contracts.envelope import Envelope, id_from, new_id, wrap
from contracts.permissions import inbox_of
from contracts.queries import AskCommand, AskPending, Pending
from contracts.topology import COMMANDS, readers_of
from tests.drills.school import TEACHER, Child, DrillSchool

Request = TypeVar("Request", bound=Body)
Reply = TypeVar("Reply", bound=Body)

SOURCE = "/school/drill"
ISSUED = "certificates.evt.issued.v1"
SIDE_BY_SIDE = 100
PATIENCE_S = 240.0
AT_ONCE, CAUGHT_UP_AFTER_S = 100, 2.0
"""So many events are read at once; when none has come for so long, all have."""


@dataclass
class Office:
    client: Client
    school_id: str
    heard: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    """The ids of `issued` events by (certificate_id, version)."""
    issued: dict[tuple[str, int], Issued] = field(default_factory=dict)

    # --- say

    async def tell(self, bodies: Sequence[Body]) -> None:
        """Commands in their order, repeated until the last of them has been acted on."""
        envelopes = [self._envelope(body) for body in bodies]
        for first in range(0, len(envelopes), SIDE_BY_SIDE):
            for envelope in envelopes[first : first + SIDE_BY_SIDE]:
                await self._publish(envelope)
        for envelope in envelopes:
            await self.until_accepted(envelope)

    async def press(self, run_id: str, children: Sequence[Child], progressions: dict[str, str]) -> None:
        """A run of these children's certificates, and their level changes, started for certain."""
        ids = [progressions[child.student_id] for child in children]
        body = StartGeneration(
            run_id=run_id,
            requested_by="Office",
            certificates=tuple(SelectedCertificate(progression_id=progression_id) for progression_id in ids),
        )
        await self.until_accepted(self._envelope(body))

    async def issue_ad_hoc(self, child: Child) -> None:
        body = IssueAdHoc(
            certificate_id=id_from("ad-hoc", child.student_id),
            student_id=child.student_id,
            layout_id="spotlight",
            teacher_id=TEACHER.teacher_id,
            title="Encouragement",
            requested_by="Office",
        )
        await self.until_accepted(self._envelope(body))

    async def until_accepted(self, envelope: Envelope) -> None:
        """As every sender does: the same command again, until it is known that it was acted on."""
        async with asyncio.timeout(PATIENCE_S):
            while not await self._was_accepted(envelope.id):
                await self._publish(envelope)
                for _ in range(20):
                    if await self._was_accepted(envelope.id):
                        return
                    await asyncio.sleep(0.1)

    async def _was_accepted(self, command_id: str) -> bool:
        outcome = await self.ask(COMMAND, AskCommand(command_id=command_id))
        if outcome is not None and outcome.state == "refused":
            raise AssertionError(f"refused: {outcome.reasons}")
        return outcome is not None and outcome.state == "accepted"

    def _envelope(self, body: Body) -> Envelope:
        return wrap(body, self.school_id, source=SOURCE, message_id=new_id())

    async def _publish(self, envelope: Envelope) -> None:
        try:
            await self.client.jetstream().publish(
                envelope.subject, envelope.body, headers=envelope.headers, stream=COMMANDS.name, timeout=2
            )
        except (OSError, TimeoutError, nats.errors.Error):
            return  # nobody knows whether it was kept: it is published again

    async def publish_raw(self, subject: str, body: bytes) -> None:
        await self.client.jetstream().publish(subject, body, headers={"ce-id": new_id()}, timeout=5)

    # --- ask

    async def ask(self, query: QueryType[Request, Reply], request: Request) -> Reply | None:
        """None where nobody answers, or with an error."""
        try:
            reply = await self.client.request(query.subject(self.school_id), request.json_bytes(), timeout=3)
            return query.reply.model_validate_json(reply.data)
        except (OSError, TimeoutError, nats.errors.Error, ValidationError):
            return None

    async def answer(self, query: QueryType[Request, Reply], request: Request) -> Reply:
        """As `ask`, again and again; TimeoutError where it is not answered for very long."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if reply := await self.ask(query, request):
                    return reply
                await asyncio.sleep(0.5)

    async def ask_bytes(self, query: QueryType[Request, Reply], request: Request) -> bytes | None:
        try:
            reply = await self.client.request(query.subject(self.school_id), request.json_bytes(), timeout=3)
        except (OSError, TimeoutError, nats.errors.Error):
            return None
        return None if reply.data.startswith(b"{") else reply.data

    async def pending(self) -> Pending | None:
        return await self.ask(PENDING, AskPending())

    async def progressions(self, school: DrillSchool) -> dict[str, str]:
        """By student, as soon as everybody's level is complete."""
        wanted = {child.student_id for child in school.children}
        async with asyncio.timeout(PATIENCE_S):
            while True:
                pending = await self.pending()
                found = {one.student.student_id: one.progression_id for one in pending.certificates} if pending else {}
                if found.keys() >= wanted:
                    return found
                await asyncio.sleep(0.1)

    # --- hear

    async def _hear(self, message: Msg) -> None:
        self.note(message.data, message.headers or {})

    async def catch_up(self) -> None:
        """What was said while the line to the broker was down, as the school's reader has kept it: if it has.

        Read on where the broker, which may be restarting still, breaks it off.
        """
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    return await self._read_what_is_kept()
                except (OSError, TimeoutError, nats.errors.Error):
                    await asyncio.sleep(0.5)

    async def _read_what_is_kept(self) -> None:
        [reader] = readers_of(self.school_id)
        read = await self.client.jetstream().pull_subscribe_bind(durable=reader.name, stream=reader.stream)
        try:
            while True:
                for message in await read.fetch(AT_ONCE, timeout=CAUGHT_UP_AFTER_S):
                    if message.subject.startswith(ISSUED):
                        self.note(message.data, message.headers or {})
                    await message.ack()
        except nats.errors.TimeoutError:
            return  # that was all
        finally:
            await read.unsubscribe()

    def note(self, body: bytes, headers: dict[str, str]) -> None:
        event = Issued.model_validate_json(body)
        key = (event.certificate_id, event.version)
        self.heard.setdefault(key, set()).add(headers["ce-id"])
        self.issued[key] = event


@asynccontextmanager
async def office(nats_url: str, school_id: str) -> AsyncIterator[Office]:
    """Open, and listening to what is issued."""
    client = await nats.connect(
        nats_url.split(","),
        inbox_prefix=inbox_of(SCHOOL, school_id).encode(),
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.3,
        error_cb=_calm,
    )
    found = Office(client, school_id)
    await client.subscribe(f"{ISSUED}.{school_id}", cb=found._hear)
    await client.flush()
    try:
        yield found
    finally:
        await client.close()


async def _calm(_: Exception) -> None:
    """Broken connections are what a drill is about."""
