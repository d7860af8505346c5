"""The staff web beside the real progression: rendering, portal and notification are played."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
from starlette.applications import Starlette

from contracts.catalogue import MAILS, PUBLISHED
from contracts.mail_queries import GuardianMail, MailedVersion, MailedVersions, PublishedVersion, PublishedVersions
from contracts.notification import DeliveryState
from deploy.embedded.nats import NatsServer
from services.staff.app import build_app
from services.staff.people import put_account
from services.staff.roles import MANAGER
from tests.conftest import TestDatabase
from tests.running import running
from tests.school import SCHOOL_ID, SchoolSystem
from tests.service.neighbours import Neighbours, neighbours
from tests.service.progression_world import World, progression_world
from tests.service.staff_web import PASSWORD, Browser, settings

STAFF = {"rangi": "Rangi Patel", "mere": "Mere Walker"}


class RunWorld:
    def __init__(self, world: World, app: Starlette, played: Neighbours) -> None:
        self.world = world
        self.app = app
        self._played = played

    async def students(self, *names: str) -> list[str]:
        """The progressions that they have completed."""
        for name in names:
            await self.world.put_student(name)
        return [await self.world.complete(name) for name in names]

    async def certificates(self, run_id: str) -> list[str]:
        found = await self.world.school.ask("progression.query.run", {"run_id": run_id})
        return [row["certificate_id"] for row in found["certificates"]]

    def online(self, *certificate_ids: str) -> None:
        """What portal says from now on."""
        versions = [PublishedVersion(certificate_id=each, version=1, state="valid") for each in certificate_ids]
        self._played.know(PUBLISHED, PublishedVersions(versions=tuple(versions)))

    def mailed(self, state: DeliveryState, *certificate_ids: str) -> None:
        """What notification says from now on."""
        mail = GuardianMail(guardian_id="g1", state=state, since=datetime.now(UTC))
        versions = [
            MailedVersion(certificate_id=each, version=1, corrected=False, announced=True, mails=(mail,))
            for each in certificate_ids
        ]
        self._played.know(MAILS, MailedVersions(versions=tuple(versions)))

    @asynccontextmanager
    async def signed_in(self, username: str) -> AsyncIterator[Browser]:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://laurel.test", timeout=30) as client:
            browser = Browser(client)
            await browser.sign_in(username)
            yield browser


@asynccontextmanager
async def run_world(
    nats_server: NatsServer, database: TestDatabase, school: SchoolSystem, *, undo_s: int = 600
) -> AsyncIterator[RunWorld]:
    for username, name in STAFF.items():
        await put_account(
            database.url("staff"),
            school_id=SCHOOL_ID,
            username=username,
            display_name=name,
            password=PASSWORD,
            role=MANAGER,
        )
    app = build_app(settings(database, nats_server, undo_s=undo_s))
    async with (
        progression_world(nats_server, database, school) as world,
        neighbours(nats_server, "portal", "notification") as played,
        running(app),
    ):
        yield RunWorld(world, app, played)
