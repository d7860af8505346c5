"""Notification, running, with what its tests ask of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
from starlette.applications import Starlette

from contracts.roster import Guardian
from deploy.embedded.nats import NatsServer
from services.notification.app import build_app
from services.notification.settings import NotificationSettings
from tests.conftest import TestDatabase
from tests.running import running
from tests.service.neighbours_families import Neighbours, neighbours_of
from tests.service.postbox import Postbox, listening, new_postbox
from tests.waiting import eventually

MAIL_FROM = "certificates@laurel.test"
HANA = Guardian(guardian_id="g-hana", name="Hana Thompson", email="hana@family.test")
TOM = Guardian(guardian_id="g-tom", name="Tom Thompson", email="tom@family.test")


@dataclass
class Notification:
    neighbours: Neighbours
    postbox: Postbox
    web: httpx.AsyncClient
    database: TestDatabase

    async def mails(self, count: int, within: float = 15.0) -> None:
        """So many mails have arrived."""

        async def enough() -> bool:
            return len(self.postbox.taken) >= count

        await eventually(enough, within=within, what=f"{count} mails, {len(self.postbox.taken)} came")

    async def states(self) -> dict[tuple[str, int, str], str]:
        """The ledger: (certificate_id, version, guardian_id) to state."""
        rows = await self.rows("SELECT certificate_id, version, guardian_id, state FROM notification.mail")
        return {tuple(row)[:3]: row["state"] for row in rows}

    async def reaches(self, state: str, certificate_id: str = "c1") -> None:
        """All mails of the certificate have come to this state."""

        async def there() -> bool:
            found = {now for key, now in (await self.states()).items() if key[0] == certificate_id}
            return found == {state}

        await eventually(there, what=f"{certificate_id} {state}")

    async def rows(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.database.url("notification"))
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()


def app_for(server: NatsServer, database: TestDatabase, postbox: Postbox, **changes: Any) -> Starlette:
    return build_app(
        NotificationSettings(
            nats_url=server.url("notification"),
            postgres_url=database.url("notification"),
            smtp_url=postbox.url,
            portal_url="http://portal.test",
            mail_from=MAIL_FROM,
            **changes,
        )
    )


@asynccontextmanager
async def notification_running(
    server: NatsServer, database: TestDatabase, **changes: Any
) -> AsyncIterator[Notification]:
    """One family, the Thompsons, with one guardian until a test says otherwise."""
    async with (
        neighbours_of(server) as neighbours,
        listening(new_postbox()) as postbox,
        running(app_for(server, database, postbox, **changes)) as web,
    ):
        neighbours.families["f-thompson"] = (HANA,)
        yield Notification(neighbours, postbox, web, database)
