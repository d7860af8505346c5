"""Three brokers that are one: its leader is killed, and then a node is lost for good and replaced."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random

from contracts.catalogue import SCHOOL
from contracts.permissions import SERVICES
from contracts.topology import COMMANDS
from deploy.addresses import Addresses
from deploy.embedded.cluster import REPLICAS, NatsCluster
from deploy.home import Home
from tests.drills.drill import Fault, Prepare, Scene, Setting
from tests.waiting import eventually

DOWN_S = 5.0
CURRENT_WITHIN_S = 60.0


@dataclass
class Cluster:
    """The setting and the fault of one drill: the fault breaks what the setting has made."""

    cluster: NatsCluster | None = None

    async def prepare(self, running: AsyncExitStack, home: Home, _: Random) -> Setting:
        """The services use the cluster; the stack's own broker is idle."""
        home.folder.mkdir(parents=True, exist_ok=True)
        addresses = Addresses.of(home)
        cluster = self.cluster = NatsCluster(home.folder / "cluster", addresses.passwords, addresses.school_id)
        running.callback(cluster.stop)
        cluster.start()
        told = {
            name: {"LAUREL_NATS_URL": cluster.url(name), "LAUREL_NATS_REPLICAS": str(REPLICAS)} for name in SERVICES
        }
        return Setting(told=lambda service: told[service], nats_url=cluster.url(SCHOOL))

    async def fault(self, scene: Scene) -> None:
        cluster = self.cluster
        assert cluster is not None
        await scene.stand.a_while(0.5, 2)
        leader = await asyncio.to_thread(cluster.leader, COMMANDS.name)
        cluster.kill(leader)
        scene.stand.say(f"the leader of {COMMANDS.name} is killed")
        await asyncio.sleep(DOWN_S)
        await asyncio.to_thread(leader.start)
        await self._all_current()
        lost = scene.chance.choice(cluster.nodes)
        await asyncio.to_thread(cluster.replace, lost)
        scene.stand.say("a node is lost with its disk, and an empty one takes its place")
        await self._all_current()
        scene.stand.say("it has caught up")

    async def _all_current(self) -> None:
        cluster = self.cluster
        assert cluster is not None

        async def current() -> bool:
            return all([await asyncio.to_thread(node.is_current) for node in cluster.nodes])

        await eventually(current, within=CURRENT_WITHIN_S)


def cluster_drill() -> tuple[Fault, Prepare]:
    drill = Cluster()
    return drill.fault, drill.prepare
