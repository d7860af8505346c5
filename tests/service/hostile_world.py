"""All services on one broker, somebody who says anything to them, and what becomes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg
import httpx
from nats.aio.client import Client

from contracts.envelope import new_id
from contracts.topology import COMMANDS, DEAD_LETTERS, DURABLES
from deploy.embedded.postgres import SCHEMAS
from tests.conftest import TestDatabase
from tests.service.hostile_heard import Heard
from tests.service.hostile_wire import SCHOOL, Hostile, say
from tests.service.open_broker import OpenBroker
from tests.waiting import eventually

CANARY = "canary"
"""The school beside it, which must not notice."""
LAYOUT = "harbour"
STUDENT = {"student_id": "ana", "family_id": "f1", "given_name": "Ana", "family_name": "Ngata", "level_id": "seal"}
PATIENCE_S = 30.0
Said = TypeVar("Said")

PLUMBING = {"command", "outbox", "stream", "schema_migration"}
"""Tables that say which messages were handled, and hold nothing of a school's."""


class World:
    def __init__(self, client: Client, broker: OpenBroker, database: TestDatabase, webs: list[httpx.AsyncClient]):
        self._client = client
        self._broker = broker
        self._database = database
        self._webs = webs
        self.heard = Heard()
        self._canaries = 0

    async def listen(self) -> None:
        for subject, hear in self.heard.subscriptions(CANARY).items():
            await self._client.subscribe(subject, cb=hear)

    @asynccontextmanager
    async def unharmed(self) -> AsyncIterator[None]:
        """Whatever is said meanwhile: nothing of the school's is changed, nothing waits, and all services work on."""
        before = await self.records()
        yield
        await self.all_is_read()
        assert await self.records() == before
        assert self.heard.without_reason == []
        await self.services_are_ready()
        await self.canary_sings()

    # --- said

    async def says(self, messages: Sequence[Hostile]) -> list[Hostile]:
        """All of them, on a connection of their own; those that a stream took in."""
        return await say(self._broker.port, messages)

    async def command(self, name: str, body: Mapping[str, Any], school_id: str = CANARY) -> str:
        """A good one."""
        command_id = new_id()
        await self._client.jetstream().publish(
            f"{name}.v1.{school_id}", json.dumps(body).encode(), headers={"ce-id": command_id}, timeout=PATIENCE_S
        )
        return command_id

    async def ask(self, query: str, body: bytes = b"{}", school_id: str = SCHOOL) -> dict[str, Any]:
        """`query` is a stem: `progression.query.pending.v1`."""
        reply = await self._client.request(f"{query}.{school_id}", body, timeout=PATIENCE_S)
        answer: dict[str, Any] = json.loads(reply.data)
        return answer

    async def asks_with_answer_to(self, reply: str, query: str, school_id: str = SCHOOL) -> None:
        await self._client.publish(f"{query}.{school_id}", b"{}", reply=reply)
        await self._client.flush()

    # --- what becomes of it

    async def become(self, named: Mapping[Said, str], ended: Callable[[Said], bool], what: str) -> None:
        """All of them end so."""
        left = dict(named)

        async def all_have() -> bool:
            for said in [said for said in left if ended(said)]:
                del left[said]
            return not left

        try:
            await eventually(all_have, within=PATIENCE_S)
        except AssertionError:
            raise AssertionError(f"not {what}: {list(left.values())}") from None

    async def all_is_read(self) -> None:
        """Nothing waits in any durable, and no command stays that nobody reads."""

        async def nothing_waits() -> bool:
            jetstream = self._client.jetstream()
            infos = await asyncio.gather(*(jetstream.consumer_info(each.stream, each.name) for each in DURABLES))
            kept = await jetstream.stream_info(COMMANDS.name)
            return kept.state.messages == 0 and not any(info.num_pending or info.num_ack_pending for info in infos)

        await eventually(nothing_waits, within=PATIENCE_S, what="all that was said is read", pause=0.1)

    async def certificate_of_canary(self) -> str:
        """Hers that stands."""
        ad_hoc = {"student_id": "ana", "layout_id": LAYOUT, "teacher_id": "t1", "requested_by": "Office"}
        await self.command("certificates.cmd.issue_ad_hoc", ad_hoc | {"certificate_id": "theirs"})
        await self.canary_hears("issued", certificate_id="theirs")
        return "theirs"

    async def letter_of_canary(self) -> int:
        """The number of a dead letter of hers."""
        await self._client.jetstream().publish(f"roster.cmd.put_teacher.v1.{CANARY}", b"no JSON")

        async def find() -> list[dict[str, Any]]:
            letters: list[dict[str, Any]] = (await self.ask("progression.query.dead_letters.v1", b"", CANARY))[
                "letters"
            ]
            return letters

        letter_id: int = (await eventually(find))[0]["letter_id"]
        return letter_id

    async def letters_are_shown(self, since: int) -> None:
        """Whoever asks for a dead letter of the school that was kept after this one sees it."""
        for letter_id in range(since + 1, await self.newest_letter() + 1):
            answer = await self.ask("progression.query.dead_letter.v1", json.dumps({"letter_id": letter_id}).encode())
            assert answer["letter"]["reason"], answer

    async def newest_letter(self) -> int:
        info = await self._client.jetstream().stream_info(DEAD_LETTERS.name)
        return info.state.last_seq

    async def kept(self, stream: str) -> int:
        """How many messages there are in it."""
        info = await self._client.jetstream().stream_info(stream)
        return info.state.messages

    async def canary_sings(self) -> None:
        """Another school's main job, from marks to the mail, and a withdrawal."""
        self._canaries += 1
        student_id, run_id = f"student-{self._canaries}", f"run-{self._canaries}"
        await self.command("roster.cmd.put_student", STUDENT | {"student_id": student_id})
        marks = {"student_id": student_id, "level_id": "seal", "teacher_id": "t1", "marked_on": "2026-01-31"}
        await self.command("progress.cmd.record_marks", marks | {"marks": [{"skill_id": "float", "value": True}]})
        completed = await self.canary_hears("level_completed", student_id=student_id)
        run = {"run_id": run_id, "requested_by": "Office"}
        selected = [{"progression_id": completed["progression_id"]}]
        await self.command("certificates.cmd.start_generation", run | {"certificates": selected})
        certificate_id = (await self.canary_hears("issued", run_id=run_id))["certificate_id"]
        await self.canary_hears("delivered", certificate_id=certificate_id)
        correction = {"certificate_id": certificate_id, "reason": "a canary", "requested_by": "Office"}
        await self.command("certificates.cmd.withdraw", correction)
        await self.canary_hears("withdrawn", certificate_id=certificate_id)

    async def canary_hears(self, event: str, **fields: str) -> dict[str, Any]:
        """The body of the event that has these."""

        async def look() -> dict[str, Any] | None:
            return next(
                (body for name, body in self.heard.events if name == event and fields.items() <= body.items()), None
            )

        return await eventually(look, within=PATIENCE_S, what=f"{event} {fields}")

    async def services_are_ready(self) -> None:
        for web in self._webs:
            answer = await web.get("/readyz")
            assert answer.status_code == 200, answer.text

    async def records(self) -> dict[str, list[str]]:
        """Every row of every service but the canary's, by table."""
        found: dict[str, list[str]] = {}
        for schema in SCHEMAS:
            connection = await asyncpg.connect(self._database.url(schema))
            try:
                for table in await connection.fetch(TABLES, schema):
                    if table["name"] not in PLUMBING:
                        rows = await connection.fetch(ROWS.format(f'"{schema}"."{table["name"]}"'), CANARY)
                        found[f"{schema}.{table['name']}"] = [row["line"] for row in rows]
            finally:
                await connection.close()
        return found


TABLES = (
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = $1 AND table_type = 'BASE TABLE'"
)
ROWS = "SELECT t::text AS line FROM {} t WHERE to_jsonb(t) ->> 'school_id' IS DISTINCT FROM $1 ORDER BY 1"
