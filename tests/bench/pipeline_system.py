"""Everything but Chromium: progression, a stub of rendering, portal and notification, each a process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

import httpx
import nats

from contracts.catalogue import SCHOOL
from contracts.permissions import PROVISIONER, inbox_of
from contracts.topology import COMMANDS, EVENTS, INTERNAL
from deploy.embedded.nats import NatsServer
from deploy.embedded.postgres import PostgresServer
from deploy.embedded.process import free_port
from deploy.school_system import SchoolSystem
from deploy.supervision import PythonChild, stop_all
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from tests.bench.awards import SCHOOL_ID
from tests.bench.lab import Lab
from tests.bench.portal_system import shipped_pdf
from tests.bench.publishing import publish_bench_layout
from tests.bench.runs import run_of
from tests.bench.school import complete, enrol, found_school, sql
from tests.bench.system import PASSWORD, PORTAL, Rows, broker_in, durable_postgres, make_database, progression_rows
from tests.waiting import eventually

DATABASE = "pipeline"
STREAMS = (COMMANDS, EVENTS, INTERNAL)
MAILED_IN = timedelta(days=1)
"""Mails are in the ledger, and wait there: to send them is another measurement."""
WITHIN_S = 900.0
LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Counted:
    """What the servers have done until now, by their own counters."""

    published: dict[str, int]
    """Messages, by stream."""
    commits: int
    """Transactions that wrote something."""
    written: int
    """Rows that these inserted, updated or deleted."""

    def since(self, before: Counted) -> Counted:
        published = {stream: count - before.published[stream] for stream, count in self.published.items()}
        return Counted(published, self.commits - before.commits, self.written - before.written)


@dataclass(frozen=True, slots=True)
class Pipeline:
    broker: NatsServer
    postgres: PostgresServer
    bus: Bus
    school: SchoolSystem
    rows: Rows
    children: tuple[PythonChild, ...]

    @property
    def services(self) -> dict[str, list[int]]:
        """The process of each, by its name."""
        return {child.name: [child.process.pid] for child in self.children if child.process}

    @property
    def servers(self) -> dict[str, list[int]]:
        processes = {"Postgres": self.postgres.process, "NATS": self.broker.process}
        return {name: [process.pid] for name, process in processes.items() if process}

    async def issue(self, progression_ids: list[str]) -> None:
        """One press of the button for all of them, until each has its row in the ledger of mails."""
        wanted = await sql.mails_in_ledger(self.rows) + len(progression_ids)
        run = run_of(progression_ids).model_copy(update={"send_after": datetime.now(UTC) + MAILED_IN})
        await self.school.send((run, None))

        async def all_there() -> bool:
            return bool(await sql.mails_in_ledger(self.rows) == wanted)

        await eventually(all_there, within=WITHIN_S, what="every mail in the ledger", pause=LOOK_EVERY_S)

    async def counted(self) -> Counted:
        infos = {stream.name: await self.bus.jetstream.stream_info(stream.name) for stream in STREAMS}
        row = await sql.written_until_now(self.rows)
        published = {name: info.state.last_seq for name, info in infos.items()}
        return Counted(published, row["commits"], row["written"])

    async def kept(self) -> dict[str, int]:
        """Bytes on the disks of the servers, by what they are."""
        row = await sql.bytes_on_disk(self.rows)
        infos = {stream.name: await self.bus.jetstream.stream_info(stream.name) for stream in (EVENTS, INTERNAL)}
        return dict(row) | {f"stream {name}": info.state.bytes for name, info in infos.items()}

    async def mean_message_bytes(self) -> int:
        """Of those that are kept, headers and all."""
        states = [(await self.bus.jetstream.stream_info(stream.name)).state for stream in (EVENTS, INTERNAL)]
        return sum(state.bytes for state in states) // max(1, sum(state.messages for state in states))

    def stop_services(self) -> None:
        stop_all(self.children)


@asynccontextmanager
async def running_pipeline(lab: Lab) -> AsyncIterator[Pipeline]:
    """Ready, with a layout, and nobody in the school."""
    folder = Path(mkdtemp(dir=lab.folder))
    (folder / "one.pdf").write_bytes(await shipped_pdf(lab))
    async with AsyncExitStack() as running:
        postgres = running.enter_context(durable_postgres(folder / "postgres"))
        await make_database(postgres, DATABASE)
        broker = running.enter_context(broker_in(folder / "nats"))
        children = _children(folder, broker, postgres)
        running.callback(stop_all, children)
        async with httpx.AsyncClient(timeout=5) as http:
            for child in children:
                child.start()
                # progression provides the streams that the others wait for.
                await child.until_ready(http)
        bus = Bus(PROVISIONER, broker.url(PROVISIONER), Metrics())
        await bus.start()
        running.push_async_callback(bus.stop)
        client = await nats.connect(broker.url(SCHOOL), inbox_prefix=inbox_of(SCHOOL, SCHOOL_ID).encode())
        running.push_async_callback(client.close)
        rows = await running.enter_async_context(progression_rows(postgres.url(database=DATABASE)))
        yield Pipeline(broker, postgres, bus, SchoolSystem(client, SCHOOL_ID), rows, tuple(children))


async def all_pending(lab: Lab, pipeline: Pipeline, count: int) -> list[str]:
    """That many who have completed a level, in a school that is founded for them."""
    url = pipeline.broker.url("rendering")
    await publish_bench_layout(lab.layout, url, _artefacts_url(pipeline.broker.home.parent), SCHOOL_ID)
    await found_school(pipeline.school)
    return await complete(pipeline.rows, SCHOOL_ID, await enrol(pipeline.rows, SCHOOL_ID, count))


def _artefacts_url(folder: Path) -> str:
    return (folder / "artefacts").as_uri()


def _children(folder: Path, broker: NatsServer, postgres: PostgresServer) -> list[PythonChild]:
    def child(name: str, module: str, **variables: str) -> PythonChild:
        known = {
            "LAUREL_NATS_URL": broker.url(name),
            "LAUREL_POSTGRES_URL": postgres.url(name, PASSWORD, DATABASE),
            "LAUREL_ARTEFACTS_URL": _artefacts_url(folder),
            "LAUREL_PORTAL_URL": PORTAL,
            "LAUREL_LOG_FORMAT": "json",
        }
        return PythonChild(name, module, folder / f"{name}.log", known | variables, free_port())

    nobody = f"smtp://127.0.0.1:{free_port()}"
    return [
        child("progression", "services.progression"),
        child("rendering", "tests.bench.stub_renderer", LAUREL_PDF_FILE=str(folder / "one.pdf")),
        child("portal", "services.portal"),
        child(
            "notification",
            "services.notification",
            LAUREL_SMTP_URL=nobody,
            LAUREL_MAIL_FROM="certificates@laurel.test",
        ),
    ]
