"""Laurel in containers, as `make containers` starts it: a project, a home, ports and volumes of its own."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import docker
from docker.models.containers import Container
from docker.models.networks import Network
from testcontainers.compose import DockerCompose

from contracts.permissions import SERVICES
from deploy.addresses import Addresses
from deploy.containers.compose import compose
from deploy.containers.environment import COMPOSE, environment_file
from deploy.endpoints import Endpoints
from deploy.home import Home

READY_PATIENCE_S = 120.0
ASK_WHETHER_READY = (
    "import os, urllib.request as web;"
    "web.urlopen(f'http://127.0.0.1:{os.environ[\"LAUREL_HTTP_PORT\"]}/readyz', timeout=5)"
)


class LaurelCompose(DockerCompose):
    """`deploy/compose.yaml`, by the compose that the machine has."""

    def __init__(self, environment: Path, project: str) -> None:
        super().__init__(context=COMPOSE.parent, wait=False)
        self._environment = environment
        self._project = project

    @cached_property
    def compose_command_property(self) -> list[str]:
        return compose(self._environment, self._project)

    def run(self, *words: str) -> None:
        self._run_command([*self.compose_command_property, *words])


class ContainerStack:
    """To the system tests what a `StackProcess` is; and with hands to cut and to scale it."""

    def __init__(self, folder: Path, *, seed: str = "demo") -> None:
        self.home = Home(folder)
        self.project = f"laurel-{secrets.token_hex(4)}"
        with self.home.locked():
            environment = environment_file(
                self.home,
                LAUREL_SEED=seed,
                LAUREL_BUILD_NETWORK="host",
                # Nobody here waits ten minutes for a mail.
                LAUREL_UNDO_S="0",
            )
        self._compose = LaurelCompose(environment, self.project)
        self._docker = docker.from_env()

    @property
    def endpoints(self) -> Endpoints:
        return Addresses.of(self.home).endpoints

    def start(self) -> None:
        self._compose.run("build")
        self._compose.start()
        self._until_ready()

    def stop(self) -> None:
        """All of it is gone, and its volumes too."""
        self._compose.run("down", "--volumes", "--timeout", "5")
        self._docker.close()

    # --- look

    def containers(self, service: str) -> list[Container]:
        """Those that were made for it, the oldest first; with those that ended."""
        labels = [f"com.docker.compose.project={self.project}", f"com.docker.compose.service={service}"]
        found = self._docker.containers.list(all=True, filters={"label": labels})
        return sorted(found, key=lambda each: str(each.attrs["Created"]))

    def is_ready(self, container: Container) -> bool:
        """What its service says of itself to somebody beside it."""
        if container.status != "running":
            return False
        return bool(container.exec_run(["python", "-c", ASK_WHETHER_READY]).exit_code == 0)

    # --- break and mend

    def network(self, name: str) -> Network:
        return self._docker.networks.get(f"{self.project}_{name}")

    @contextmanager
    def cut(self, service: str, network: str = "bus") -> Iterator[None]:
        """All of the service's containers that there are now are apart from the network meanwhile."""
        containers, line = self.containers(service), self.network(network)
        for container in containers:
            line.disconnect(container)
        try:
            yield
        finally:
            for container in containers:
                line.connect(container, aliases=[service])

    def scale(self, service: str, many: int) -> None:
        self._compose.run("up", "--detach", "--no-deps", "--no-recreate", "--scale", f"{service}={many}", service)

    def _until_ready(self) -> None:
        """The school is prepared, and every service says that it is ready."""
        give_up_at = time.monotonic() + READY_PATIENCE_S
        while not self._is_all_ready():
            assert time.monotonic() < give_up_at, "\n".join(self._compose.get_logs())[-6000:]
            time.sleep(0.5)

    def _is_all_ready(self) -> bool:
        [school] = self.containers("school")
        prepared = school.status == "exited" and school.attrs["State"]["ExitCode"] == 0
        return prepared and all(self.is_ready(each) for name in SERVICES for each in self.containers(name))


@contextmanager
def running_containers(folder: Path) -> Iterator[ContainerStack]:
    stack = ContainerStack(folder)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
