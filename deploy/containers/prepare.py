"""`python -m deploy.containers.prepare stores|school`, inside the containers' network; repeating it changes nothing."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from contracts.permissions import PROVISIONER
from deploy.addresses import Addresses, chosen_school
from deploy.containers.environment import passwords
from deploy.credentials import NAMES
from deploy.embedded.postgres import DATABASE, SCHEMAS, SUPERUSER, bootstrap
from deploy.home import Home
from deploy.seed import make_staff_accounts, publish_demo_layouts, seed_demo_school
from services.kit.broker import Bus
from services.kit.provision import provision
from services.kit.telemetry import Metrics

ARTEFACTS = "file:///var/lib/laurel/artefacts"


class Inside(Addresses):
    """Where everything is for those within: by its name in `compose.yaml`, on its usual port."""

    @classmethod
    def from_environment(cls) -> Inside:
        return cls(Home(Path("/tmp")), chosen_school(), {}, passwords(os.environ, NAMES))  # noqa: S108

    def nats(self, user: str) -> str:
        return f"nats://{user}:{self.passwords[user]}@nats:4222"

    def postgres(self, role: str = SUPERUSER) -> str:
        return f"postgresql://{role}:{self.passwords[role]}@postgres:5432/{DATABASE}"

    def web(self, name: str) -> str:
        return f"http://{name}"

    @property
    def smtp(self) -> str:
        return "inbox:1025"

    @property
    def artefacts(self) -> str:
        return os.environ.get("LAUREL_ARTEFACTS_URL") or ARTEFACTS


async def prepare_stores(inside: Inside) -> None:
    """Each service's role and schema."""
    await bootstrap(inside.postgres(), {role: inside.passwords[role] for role in SCHEMAS})


async def prepare_school(inside: Inside) -> None:
    """Layouts to print on and accounts to sign in with; with LAUREL_SEED=demo the demo school."""
    demo = os.environ.get("LAUREL_SEED") == "demo"
    await make_staff_accounts(inside, demo=demo)
    await _provision(inside)
    await publish_demo_layouts(inside)
    if demo:
        await seed_demo_school(inside.endpoints, datetime.now(UTC).date())


async def _provision(inside: Inside) -> None:
    """The streams, which progression may not have come to yet."""
    bus = Bus(PROVISIONER, inside.nats(PROVISIONER), Metrics())
    await bus.start()
    try:
        await provision(bus.jetstream)
    finally:
        await bus.stop()


STEPS = {"stores": prepare_stores, "school": prepare_school}

if __name__ == "__main__":
    asyncio.run(STEPS[sys.argv[1]](Inside.from_environment()))
