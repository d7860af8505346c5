"""A service's connection comes back, whatever the broker answered in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.catalogue import SCHOOL
from contracts.topology import PROGRESSION_COMMANDS
from deploy.embedded.nats import NatsServer
from services.kit.broker import Bus, Consumers
from services.kit.delivery import Incoming
from services.kit.telemetry import Metrics
from tests.conftest import PASSWORDS
from tests.school import SCHOOL_ID, SchoolSystem
from tests.waiting import eventually


# nats-py forgets to close a connection that was refused.
@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_service_that_was_turned_away_for_a_while_goes_on_when_it_is_let_in_again(
    nats_server: NatsServer,
) -> None:
    handled: list[str] = []

    async def handle(incoming: Incoming) -> None:
        handled.append(incoming.id)

    bus = Bus("progression", nats_server.url("progression"), Metrics())
    bus.consume(PROGRESSION_COMMANDS, handle)
    consumers = Consumers(bus)
    await bus.start()
    await consumers.start()
    nats_server.stop()
    await turned_away(nats_server)
    nats_server.start()

    school = await SchoolSystem.connect(nats_server.url(SCHOOL))
    command_id = await school.command("roster.cmd.put_teacher", {"teacher_id": "t1", "name": "Ana"})

    async def done() -> bool:
        return command_id in handled

    await eventually(done)
    await school.close()
    await consumers.stop()
    await bus.stop()


async def turned_away(nats_server: NatsServer) -> None:
    """The same broker for a while, where the services' passwords are others."""
    strict = NatsServer(nats_server.home, nats_server.port, dict.fromkeys(PASSWORDS, "another"), SCHOOL_ID)
    strict.log = Path(f"{nats_server.home}-strict.log")
    strict.start()

    async def refused() -> bool:
        return "authentication error" in strict.log.read_text()

    await eventually(refused)
    strict.stop()
