"""What a new stack is given: staff accounts, layouts, and the demo school. Giving it twice changes nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from contracts.envelope import id_from
from deploy.addresses import STAFF_USER, Addresses
from deploy.credentials import STAFF_ACCOUNT
from deploy.demo.school import seed_commands
from deploy.endpoints import Endpoints
from deploy.school_system import SchoolSystem
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from services.rendering.layouts import draft_of, publish_draft
from services.rendering.layouts.trial import QUICKEST
from services.staff.people import put_account
from services.staff.roles import MANAGER, OFFICE, TEACHER, Role

MANAGING = (STAFF_USER, "Ngaire Walker", MANAGER)
DEMO_STAFF = (("office", "Priya Raman", OFFICE), ("teacher", "Moana Tūhoe-Clarke", TEACHER))
"""Who else works at the demo school: their username, what they are called, and what they may do."""
LAYOUTS = Path(__file__).parent / "demo" / "layouts"


async def make_staff_accounts(addresses: Addresses, *, demo: bool) -> None:
    """A manager's; with the demo school one of each role. All have the same password."""
    for username, display_name, role in (MANAGING, *(DEMO_STAFF if demo else ())):
        await _make_account(addresses, username, display_name, role)


async def _make_account(addresses: Addresses, username: str, display_name: str, role: Role) -> None:
    await put_account(
        addresses.postgres("staff"),
        school_id=addresses.school_id,
        username=username,
        display_name=display_name,
        password=addresses.passwords[STAFF_ACCOUNT],
        role=role,
        by="laurel up",
    )


async def publish_demo_layouts(addresses: Addresses, nats_url: str | None = None) -> None:
    """As they are: the suite tries out that the quickest way suits them, so that a start need not.

    `nats_url`, with rendering's credential: of a broker that is not the stack's own.
    """
    bus = Bus("rendering", nats_url or addresses.nats("rendering"), Metrics())
    await bus.start()
    try:
        for folder in sorted(LAYOUTS.iterdir()):
            draft = draft_of(folder, folder.name).model_copy(update=QUICKEST)
            await publish_draft(Artefacts(addresses.artefacts), bus, addresses.school_id, folder.name, draft)
    finally:
        await bus.stop()


async def seed_demo_school(endpoints: Endpoints, today: date) -> None:
    """Each command has the same id every time, so that repeating it undoes nothing of what has happened since."""
    commands = [(body, id_from("demo-seed", endpoints.school, *key)) for key, body in seed_commands(today)]
    last = commands[-1][1]
    async with SchoolSystem.connected(endpoints.nats, endpoints.school) as system:
        if not await system.is_accepted(last):
            await system.send(*commands)
            await system.until_accepted(last)
