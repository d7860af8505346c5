"""progression with its neighbours played: a school system that commands, a rendering that answers."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from contracts.certificates import Issue, Pdf
from contracts.envelope import id_from, wrap
from contracts.rendering import FailureReason, LayoutField, LayoutPublished, Page, Rendered, RenderingFailed
from contracts.topology import RENDERING_ISSUE
from deploy.embedded.nats import NatsServer
from services.kit.broker import Bus, Consumers
from services.kit.delivery import Incoming
from services.kit.telemetry import Metrics
from services.progression.app import build_app
from services.progression.settings import Settings
from tests.conftest import TestDatabase
from tests.running import running
from tests.school import SCHOOL_ID, SchoolSystem
from tests.waiting import eventually

PORTAL = "https://portal.example"

UNPRINTABLE = "Unprintable"
"""A given name that the played rendering cannot print."""


class PlayedRendering:
    """Answers every issuance command, and publishes layouts."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.asked: list[Issue] = []
        self.heard: list[str] = []
        """The ids of the commands, of those that it swallowed too."""
        self.swallows = 0
        """So many of the next commands are taken and never answered."""
        self.printing = asyncio.Event()
        """Set: it works. Cleared: it holds what it has in hand."""
        self.printing.set()
        bus.consume(RENDERING_ISSUE, self._print)

    async def _print(self, incoming: Incoming) -> None:
        issue = Issue.model_validate_json(incoming.body)
        self.heard.append(incoming.id)
        if self.swallows:
            self.swallows -= 1
            return
        await self.printing.wait()
        self.asked.append(issue)
        await self._bus.publish(wrap(self._answer(issue), incoming.school_id, source="/test/rendering"))

    def _answer(self, issue: Issue) -> Rendered | RenderingFailed:
        if issue.fields["recipient_name"].startswith(UNPRINTABLE):
            reason = FailureReason(code="does_not_fit", message="The name does not fit.")
            return RenderingFailed(certificate_id=issue.certificate_id, version=issue.version, reason=reason)
        return rendered(issue.certificate_id, issue.version)

    async def publish_layout(self, layout_id: str, name: str, *fields: LayoutField, version: int = 1) -> None:
        layout = LayoutPublished(
            layout_id=layout_id,
            layout_version=version,
            name=name,
            page=Page(size="A4", orientation="landscape"),
            fields=(LayoutField(name="recipient_name", max_length=60), *fields),
        )
        message_id = id_from("layout", layout_id, version)
        await self._bus.publish(wrap(layout, SCHOOL_ID, source="/test/rendering", message_id=message_id))

    async def say_rendered(self, certificate_id: str, version: int) -> None:
        await self._bus.publish(wrap(rendered(certificate_id, version), SCHOOL_ID, source="/test/rendering"))


def rendered(certificate_id: str, version: int) -> Rendered:
    key = f"certificates/{SCHOOL_ID}/{certificate_id}/{version}.pdf"
    return Rendered(
        certificate_id=certificate_id,
        version=version,
        pdf=Pdf(key=key, sha256=hashlib.sha256(key.encode()).hexdigest(), bytes=1000),
    )


class World:
    """A small school: levels `seahorse` → `dolphin` → `orca`; `orca` has no layout. One family, one student, Ana."""

    def __init__(self, school: SchoolSystem, rendering: PlayedRendering) -> None:
        self.school = school
        self.rendering = rendering

    async def populate(self) -> None:
        await self.rendering.publish_layout("plain", "Plain")
        await self.rendering.publish_layout("noted", "Noted", LayoutField(name="notes", max_length=40))
        command = self.school.command
        await command(
            "roster.cmd.put_school",
            {
                "name": "Kauri Coast Swim School",
                "time_zone": "Pacific/Auckland",
                "locale": "en-NZ",
                "venues": [{"venue_id": "perth", "name": "Swan River Pool", "time_zone": "Australia/Perth"}],
            },
        )
        guardians = [{"guardian_id": "g1", "name": "Mere Ngata", "email": "mere@example.com"}]
        await command("roster.cmd.put_family", {"family_id": "f1", "name": "Ngata", "guardians": guardians})
        await command("roster.cmd.put_teacher", {"teacher_id": "t1", "name": "Tama Walker"})
        await command("roster.cmd.put_teacher", {"teacher_id": "t2", "name": "Lucy Chen"})
        await self.put_level("seahorse", 1, next_level_id="dolphin", layout_id="noted")
        await self.put_level("dolphin", 2, next_level_id="orca", layout_id="plain")
        await self.put_level("orca", 3)
        assert await self.settled(await self.put_student("ana")) == "accepted"

    async def put_level(self, level_id: str, position: int, **more: Any) -> str:
        skills = [
            {"skill_id": "float", "name": "Floats on back", "kind": "tick"},
            {"skill_id": "swim", "name": "Freestyle 25 m", "kind": "scale"},
        ]
        body = {"level_id": level_id, "name": level_id.title(), "position": position, "skills": skills, **more}
        return await self.school.command("roster.cmd.put_level", body)

    async def put_student(self, student_id: str, level_id: str = "seahorse", **more: Any) -> str:
        names = {"given_name": student_id.title(), "family_name": "Ngata"}
        body = {"student_id": student_id, "family_id": "f1", "level_id": level_id, **names, **more}
        return await self.school.command("roster.cmd.put_student", body)

    async def mark(self, student_id: str, level_id: str = "seahorse", **more: Any) -> str:
        """Both skills mastered, unless `float` or `swim` says otherwise."""
        values = {"float": more.pop("float", True), "swim": more.pop("swim", 100)}
        body = {
            "student_id": student_id,
            "level_id": level_id,
            "teacher_id": "t1",
            "marked_on": "2026-11-20",
            "marks": [{"skill_id": skill_id, "value": value} for skill_id, value in values.items()],
            **more,
        }
        return await self.school.command("progress.cmd.record_marks", body)

    async def complete(self, student_id: str, level_id: str = "seahorse") -> str:
        """The progression that is pending once all is marked."""
        await self.mark(student_id, level_id)
        completed = await self.school.event("progress.evt.level_completed", student_id=student_id, level_id=level_id)
        progression_id: str = completed["progression_id"]
        return progression_id

    async def run(self, run_id: str, certificates: list[dict[str, Any]], **more: Any) -> str:
        body = {"run_id": run_id, "requested_by": "Office", "certificates": certificates, "level_changes": [], **more}
        return await self.school.command("certificates.cmd.start_generation", body)

    async def settled(self, command_id: str) -> str:
        """`accepted` or `refused`, as soon as the command was handled."""

        async def look() -> str | None:
            outcome = await self.school.ask("progression.query.command", {"command_id": command_id})
            return None if outcome["state"] == "unknown" else outcome["state"]

        return await eventually(look)

    async def settled_run(self, run_id: str) -> bool:
        """It was started."""
        return "error" not in await self.school.ask("progression.query.run", {"run_id": run_id})

    async def pending(self, **conditions: Any) -> dict[str, Any]:
        return await self.school.ask("progression.query.pending", conditions)

    async def pending_ids(self) -> set[str]:
        return {row["progression_id"] for row in (await self.pending())["certificates"]}


@asynccontextmanager
async def progression_world(
    nats_server: NatsServer, database: TestDatabase, school: SchoolSystem, *, reconcile_after_s: float = 10.0
) -> AsyncIterator[World]:
    settings = Settings(
        nats_url=nats_server.url("progression"),
        postgres_url=database.url("progression"),
        portal_url=PORTAL,
        reconcile_after_s=reconcile_after_s,
    )
    bus = Bus("rendering", nats_server.url("rendering"), Metrics())
    rendering = PlayedRendering(bus)
    consumers = Consumers(bus)
    async with running(build_app(settings)):
        await bus.start()
        await consumers.start()
        world = World(school, rendering)
        await world.populate()
        yield world
        await consumers.stop()
        await bus.stop()
