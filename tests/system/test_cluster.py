"""Three brokers that are one: what is acknowledged survives the death of the leader, and the loss of a server."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import nats
import nats.errors
import pytest
from nats.aio.client import Client

from contracts.catalogue import SCHOOL
from contracts.permissions import PROVISIONER
from contracts.topology import COMMANDS, PROGRESSION_COMMANDS
from deploy.embedded.cluster import REPLICAS, NatsCluster
from deploy.embedded.nats import NatsServer
from services.kit.broker import Bus, Consumers
from services.kit.delivery import Incoming
from services.kit.provision import provision
from services.kit.telemetry import Metrics
from tests.conftest import PASSWORDS
from tests.school import INBOX, SCHOOL_ID
from tests.waiting import eventually

pytestmark = pytest.mark.heavy

SUBJECT = f"roster.cmd.put_teacher.v1.{SCHOOL_ID}"
ELECTION_S = 60.0
"""A new leader takes 4 to 9 s on an idle machine."""


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[NatsCluster]:
    cluster = NatsCluster(tmp_path, PASSWORDS, SCHOOL_ID)
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
async def bus(cluster: NatsCluster) -> AsyncIterator[Bus]:
    bus = Bus(PROVISIONER, cluster.url(PROVISIONER), Metrics())
    await bus.start()

    async def provisioned() -> bool:
        with contextlib.suppress(nats.errors.Error):
            await provision(bus.client.jetstream(timeout=2), replicas=REPLICAS)
            return True
        return False

    await eventually(provisioned, within=ELECTION_S)
    yield bus
    await bus.stop()


class Publisher:
    """A school's own system: it publishes all the time, each message until it is acknowledged."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._publishing = asyncio.create_task(self._run())
        self.acknowledged: set[str] = set()

    async def another_ten(self) -> None:
        wanted = len(self.acknowledged) + 10

        async def published() -> bool:
            return len(self.acknowledged) >= wanted

        await eventually(published, within=ELECTION_S)

    async def stop(self) -> None:
        self._publishing.cancel()
        await self._client.close()

    async def _run(self) -> None:
        for number in itertools.count():
            await eventually(partial(self._published, str(number)), within=ELECTION_S)
            self.acknowledged.add(str(number))

    async def _published(self, message_id: str) -> bool:
        headers = {"Nats-Msg-Id": message_id, "ce-id": message_id}
        try:
            await self._client.jetstream().publish(SUBJECT, b"{}", headers=headers, timeout=1)
        except nats.errors.Error:
            return False
        return True


@pytest.fixture
async def publisher(cluster: NatsCluster, bus: Bus) -> AsyncIterator[Publisher]:
    client = await nats.connect(
        cluster.url(SCHOOL).split(","),
        inbox_prefix=INBOX,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.1,
        error_cb=unheard,
    )
    publisher = Publisher(client)
    yield publisher
    await publisher.stop()


async def unheard(_: Exception) -> None:
    """That a server went away is what the test is about."""


@pytest.fixture
async def handled(bus: Bus) -> AsyncIterator[set[str]]:
    """The ids of what a service has handled."""
    handled: set[str] = set()

    async def handle(incoming: Incoming) -> None:
        handled.add(incoming.id)

    bus.consume(PROGRESSION_COMMANDS, handle, workers=2)
    consumers = Consumers(bus)
    await consumers.start()
    yield handled
    await consumers.stop()


async def test_a_cluster_goes_on_without_its_leader_and_then_without_a_server_and_its_disk(
    cluster: NatsCluster, bus: Bus, handled: set[str], publisher: Publisher
) -> None:
    await publisher.another_ten()
    killed = cluster.leader(COMMANDS.name)
    cluster.kill(killed)
    await publisher.another_ten()
    assert cluster.leader(COMMANDS.name) is not killed

    cluster.replace(killed)
    # Still fetching what the others hold: to start it again would only begin anew.
    assert killed.ailment() is None
    await until_current(killed)
    await publisher.another_ten()

    # Only now are two dead servers one too many: what is acknowledged is on the replaced one as well.
    cluster.kill(cluster.leader(COMMANDS.name))
    await publisher.another_ten()

    await publisher.stop()

    async def all_handled() -> bool:
        return handled >= publisher.acknowledged

    await eventually(all_handled, within=ELECTION_S)


async def until_current(node: NatsServer) -> None:
    async def current() -> bool:
        return await asyncio.to_thread(node.is_current)

    await eventually(current, within=ELECTION_S)
