"""All services on one broker that anybody may use, and two schools in them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from services.kit.artefacts import Artefacts
from services.kit.broker import Bus
from services.kit.connection import SteadyClient
from services.kit.telemetry import Metrics
from services.notification.app import build_app as notification
from services.notification.settings import NotificationSettings
from services.portal.app import build_app as portal
from services.portal.settings import PortalSettings
from services.progression.app import build_app as progression
from services.progression.settings import Settings
from services.rendering.app import build_app as rendering
from services.rendering.layouts import publish_draft
from services.rendering.settings import RenderingSettings
from services.webhooks.app import build_app as webhooks
from services.webhooks.settings import WebhookSettings
from tests.conftest import TestDatabase
from tests.running import running
from tests.service.hostile_wire import SCHOOL
from tests.service.hostile_world import CANARY, LAYOUT, STUDENT, World
from tests.service.open_broker import OpenBroker
from tests.service.postbox import listening, new_postbox
from tests.service.rendering_world import demo_draft


@asynccontextmanager
async def all_services(broker: OpenBroker, database: TestDatabase, artefacts: Path) -> AsyncIterator[World]:
    artefacts_url, portal_url = artefacts.as_uri(), "http://portal.test"
    # The services' own: it hears whatever is said.
    client = SteadyClient()
    await client.connect(broker.url_of_anyone())
    async with AsyncExitStack() as stack:
        postbox = await stack.enter_async_context(listening(new_postbox()))
        apps = [
            progression(
                Settings(
                    nats_url=broker.url("progression"),
                    postgres_url=database.url("progression"),
                    portal_url=portal_url,
                    # What stands still is another test's.
                    reconcile_after_s=3600,
                )
            ),
            rendering(RenderingSettings(nats_url=broker.url("rendering"), artefacts_url=artefacts_url)),
            portal(
                PortalSettings(
                    nats_url=broker.url("portal"),
                    postgres_url=database.url("portal"),
                    artefacts_url=artefacts_url,
                    portal_url=portal_url,
                )
            ),
            notification(
                NotificationSettings(
                    nats_url=broker.url("notification"),
                    postgres_url=database.url("notification"),
                    portal_url=portal_url,
                    smtp_url=postbox.url,
                    mail_from="certificates@laurel.test",
                )
            ),
            webhooks(WebhookSettings(nats_url=broker.url("webhooks"), postgres_url=database.url("webhooks"))),
        ]
        webs = [await stack.enter_async_context(running(app)) for app in apps]
        world = World(client, broker, database, webs)
        await world.listen()
        await _two_schools(world, broker, artefacts)
        yield world
    await client.close()


async def _two_schools(world: World, broker: OpenBroker, artefacts: Path) -> None:
    bus = Bus("rendering", broker.url("rendering"), Metrics())
    await bus.start()
    for school_id in (SCHOOL, CANARY):
        await publish_draft(Artefacts(artefacts.as_uri()), bus, school_id, LAYOUT, demo_draft(LAYOUT))
        await _populate(world, school_id)
    await bus.stop()
    await world.all_is_read()
    await world.canary_sings()


async def _populate(world: World, school_id: str) -> None:
    for name, body in POPULATION.items():
        await world.command(name, body, school_id)


GUARDIAN = {"guardian_id": "g1", "name": "Mere Ngata", "email": "mere@laurel.test"}
SKILL = {"skill_id": "float", "name": "Floats", "kind": "tick"}
LEVEL = {"level_id": "seal", "name": "Seal", "position": 1, "layout_id": LAYOUT, "skills": [SKILL]}
POPULATION: Mapping[str, Mapping[str, Any]] = {
    "roster.cmd.put_school": {"name": "Kauri Coast", "time_zone": "Pacific/Auckland", "locale": "en-NZ"},
    "roster.cmd.put_family": {"family_id": "f1", "name": "Ngata", "guardians": [GUARDIAN]},
    "roster.cmd.put_teacher": {"teacher_id": "t1", "name": "Tama Walker"},
    "roster.cmd.put_level": LEVEL,
    "roster.cmd.put_student": STUDENT,
}
