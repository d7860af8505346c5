"""A broker with renderers, each a process, as the stack runs them; nothing else runs beside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

import httpx
from prometheus_client.parser import text_string_to_metric_families

from contracts.catalogue import SCHOOL
from contracts.permissions import PROVISIONER, SERVICES
from contracts.topology import RENDERING_ISSUE
from deploy.embedded.nats import NatsServer
from deploy.embedded.process import free_port
from deploy.supervision import PythonChild, stop_all
from services.kit.broker import Bus
from services.kit.provision import provision
from services.kit.telemetry import Metrics
from tests.bench.awards import SCHOOL_ID
from tests.bench.commands import Commands
from tests.bench.lab import Lab
from tests.bench.publishing import publish_bench_layout

LOTS = 20


class NotWarm(Exception):
    """The text says which renderer prints nothing."""


@dataclass(frozen=True, slots=True)
class Renderer:
    child: PythonChild
    port: int

    @property
    def pid(self) -> int:
        assert self.child.process is not None
        return self.child.process.pid

    async def printed(self, http: httpx.AsyncClient) -> int:
        """Issue commands that it has done, as its metrics say."""
        metrics = (await http.get(f"http://127.0.0.1:{self.port}/metrics")).text
        return sum(
            int(sample.value)
            for family in text_string_to_metric_families(metrics)
            for sample in family.samples
            if sample.name == "laurel_messages_handled_total"
            and sample.labels == {"durable": RENDERING_ISSUE.name, "outcome": "done"}
        )


@dataclass(frozen=True, slots=True)
class Rendering:
    """Renderers that are warm, and the commands to give them."""

    renderers: tuple[Renderer, ...]
    commands: Commands
    broker_pid: int


Make = Callable[[Path, int, NatsServer, Path], Renderer]
"""Of a folder, its number, the broker and the artefacts' folder: a renderer, not started."""


def as_a_process(folder: Path, number: int, broker: NatsServer, artefacts: Path) -> Renderer:
    port = free_port()
    variables = {
        "LAUREL_NATS_URL": broker.url("rendering"),
        "LAUREL_ARTEFACTS_URL": artefacts.as_uri(),
        "LAUREL_LOG_FORMAT": "json",
    }
    name = f"rendering-{number}"
    return Renderer(PythonChild(name, "services.rendering", folder / f"{name}.log", variables, port), port)


@asynccontextmanager
async def warm_renderers(lab: Lab, count: int, make: Make = as_a_process) -> AsyncIterator[Rendering]:
    """That many renderers, idle, each of which has printed some certificates; gone at the end, with their files."""
    async with AsyncExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory(dir=lab.folder)))
        artefacts = folder / "artefacts"
        broker = _broker(running, folder / "nats")
        progression = await _progression(running, broker)
        await provision(progression.jetstream)
        version = await publish_bench_layout(lab.layout, broker.url("rendering"), artefacts.as_uri(), SCHOOL_ID)
        renderers = [make(folder, number, broker, artefacts) for number in range(count)]
        http = await running.enter_async_context(httpx.AsyncClient(timeout=5))
        await _start(running, [renderer.child for renderer in renderers], http)
        commands = Commands(progression, artefacts, version)
        await _warm_up(renderers, commands, lab.sizes.warm, http)
        assert broker.process is not None
        yield Rendering(tuple(renderers), commands, broker.process.pid)


def _broker(running: AsyncExitStack, folder: Path) -> NatsServer:
    passwords = {user: token_hex(8) for user in (*SERVICES, SCHOOL)}
    broker = NatsServer(folder, free_port(), passwords, SCHOOL_ID)
    running.callback(broker.stop)
    broker.start()
    return broker


async def _progression(running: AsyncExitStack, broker: NatsServer) -> Bus:
    bus = Bus(PROVISIONER, broker.url(PROVISIONER), Metrics())
    await bus.start()
    running.push_async_callback(bus.stop)
    return bus


async def _start(running: AsyncExitStack, children: list[PythonChild], http: httpx.AsyncClient) -> None:
    running.callback(stop_all, children)
    for child in children:
        child.start()
    for child in children:
        await child.until_ready(http)


async def _warm_up(renderers: list[Renderer], commands: Commands, warm: int, http: httpx.AsyncClient) -> None:
    """Lots of certificates, until every renderer has had its share: who takes which is the broker's choice."""
    for _ in range(LOTS):
        await commands.print_waiting(2 * warm * len(renderers))
        printed = [await renderer.printed(http) for renderer in renderers]
        if min(printed) >= warm:
            return
    raise NotWarm(f"after {LOTS} lots the renderers have printed {printed}: one of them takes no commands")
