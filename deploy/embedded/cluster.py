"""Three NATS servers that are one broker: it goes on when one of them dies, or is lost with its disk."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Mapping
from pathlib import Path

from deploy.embedded.nats import NatsServer
from deploy.embedded.process import free_port

NODES = 3
REPLICAS = 3
"""How many servers keep each stream: `provision(..., replicas=REPLICAS)`."""


class NatsCluster:
    def __init__(self, home: Path, passwords: Mapping[str, str], school_id: str) -> None:
        """Users and permissions are those of a `NatsServer`; each server has a folder of its own in `home`."""
        routes = [free_port() for _ in range(NODES)]
        self.nodes = tuple(
            NatsServer(
                home / f"node-{number}",
                free_port(),
                passwords,
                school_id,
                server_name=f"laurel-{number}",
                cluster=_membership(routes, number),
            )
            for number in range(NODES)
        )

    def url(self, user: str) -> str:
        """All servers, separated by commas: what `LAUREL_NATS_URL` takes."""
        return ",".join(node.url(user) for node in self.nodes)

    def start(self) -> None:
        """All of them up. JetStream answers some seconds later, when they have chosen a leader."""
        for node in self.nodes:
            node.start()

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()

    def leader(self, stream: str) -> NatsServer:
        """The server that takes this stream's messages in. LookupError while none does."""
        for node in self.nodes:
            if node.leads(stream):
                return node
        raise LookupError(f"stream {stream} has no leader")

    def kill(self, node: NatsServer) -> None:
        node.stop(signal.SIGKILL)

    def replace(self, node: NatsServer) -> None:
        """The server is lost with its disk; an empty one takes its name. It fetches everything: `node.is_current()`."""
        self.kill(node)
        shutil.rmtree(node.store)
        node.start()


def _membership(routes: list[int], number: int) -> dict[str, object]:
    return {
        "name": "laurel",
        "host": "127.0.0.1",
        "port": routes[number],
        "routes": [f"nats://127.0.0.1:{port}" for port in routes],
        # Clients know all servers from their URL; what they are told here would lack their credentials.
        "no_advertise": True,
    }
