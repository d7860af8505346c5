"""One ad-hoc certificate through the whole stack: alone, and while ten thousand certificates wait."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from contracts.catalogue import SCHOOL, TYPE_OF
from contracts.certificates import IssueAdHoc, Issued
from contracts.envelope import new_id
from contracts.permissions import inbox_of
from deploy.addresses import Addresses
from deploy.home import Home
from deploy.school_system import SchoolSystem
from deploy.stack import running_stack
from tests.bench.lab import Figures, Lab, Sizes
from tests.bench.publishing import publish_bench_layout
from tests.bench.runs import run_of
from tests.bench.school import TEACHER_ID, complete, enrol, found_school, sql
from tests.bench.system import Rows, progression_rows
from tests.waiting import eventually

WARM_UP = 3
EVERY_S = 0.5
"""A single certificate is asked for, whether those before it are there or not: as people do."""
LAYOUT_ID = "spotlight"
"""One of the stack's own: an ad-hoc certificate has no level, and the bench's layout must have one."""
ACCEPTED_WITHIN_S = 300.0
ALONE_WITHIN_S, AMONG_MANY_WITHIN_S = 30.0, 900.0


class NotLoaded(Exception):
    """The text says what was wrong with the load: the measurement counts for nothing."""


@dataclass(frozen=True, slots=True)
class Office:
    """A school's office in front of a running stack."""

    school_id: str
    school: SchoolSystem
    client: Client
    rows: Rows


class SingleCertificates:
    """Asks for ad-hoc certificates with the school's credential, and listens for each to be issued."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._issued_at: dict[str, asyncio.Future[float]] = {}

    async def listen(self) -> None:
        await self._office.client.subscribe(TYPE_OF[Issued].subject(self._office.school_id), cb=self._hear)
        await self._office.client.flush()

    async def take(self, count: int, within: float = ALONE_WITHIN_S) -> list[float]:
        """Milliseconds each, from publishing the command to `issued`. TimeoutError when one does not come."""
        async with asyncio.timeout(within), asyncio.TaskGroup() as asked:
            tasks = [asked.create_task(self._single(number * EVERY_S)) for number in range(count)]
        return [task.result() for task in tasks]

    async def _single(self, delay_s: float) -> float:
        await asyncio.sleep(delay_s)
        certificate_id = new_id()
        issued_at: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._issued_at[certificate_id] = issued_at
        started = time.perf_counter()
        await self._office.school.send((_encouragement(certificate_id), None))
        return (await issued_at - started) * 1000

    async def _hear(self, message: Msg) -> None:
        waited_for = self._issued_at.pop(json.loads(message.data)["certificate_id"], None)
        if waited_for is not None:
            waited_for.set_result(time.perf_counter())


async def single_certificates(lab: Lab) -> Figures:
    """`alone_ms` and `among_many_ms`, medians; `load_per_s`: certificates of the run issued meanwhile."""
    async with _office(lab) as office:
        singles = SingleCertificates(office)
        await singles.listen()
        students = await enrol(office.rows, office.school_id, lab.sizes.load)
        await singles.take(WARM_UP)
        alone = await singles.take(lab.sizes.ad_hoc)
        await _start_run(office, students)
        async with asyncio.TaskGroup() as together:
            looking = together.create_task(_load(office, lab.sizes))
            among_many = await singles.take(lab.sizes.ad_hoc, AMONG_MANY_WITHIN_S)
    return {"alone_ms": median(alone), "among_many_ms": median(among_many), "load_per_s": looking.result()}


@asynccontextmanager
async def _office(lab: Lab) -> AsyncIterator[Office]:
    """Of a stack that is ready, with a school and the bench's layout."""
    home = Home(Path(mkdtemp(dir=lab.folder)))
    async with AsyncExitStack() as running:
        endpoints = await running.enter_async_context(running_stack(home, seed=False, say=lambda _: None))
        where = Addresses.of(home)
        await publish_bench_layout(lab.layout, where.nats("rendering"), where.artefacts, where.school_id)
        client = await nats.connect(endpoints.nats, inbox_prefix=inbox_of(SCHOOL, endpoints.school).encode())
        running.push_async_callback(client.close)
        rows = await running.enter_async_context(progression_rows(endpoints.postgres))
        school = SchoolSystem(client, endpoints.school)
        await found_school(school)
        yield Office(endpoints.school, school, client, rows)


async def _start_run(office: Office, student_ids: list[str]) -> None:
    """One press of the button for all of them, accepted: from then on they wait, and the first of them are issued."""
    before = await sql.register_now(office.rows)
    progression_ids = await complete(office.rows, office.school_id, student_ids)
    [command_id] = await office.school.send((run_of(progression_ids), None))
    await office.school.until_accepted(command_id, ACCEPTED_WITHIN_S)

    async def under_way() -> bool:
        return bool((await sql.register_now(office.rows))["issued"] > before["issued"])

    await eventually(under_way, what="the run's first certificates issued")
    # As Postgres does by itself some seconds after so much was written.
    await office.rows.execute("ANALYZE")


async def _load(office: Office, sizes: Sizes) -> float:
    """Certificates issued a second while the single ones are asked for.

    NotLoaded where few wait, none is issued or one fails.
    """
    before, started = await sql.register_now(office.rows), time.perf_counter()
    await asyncio.sleep(sizes.ad_hoc * EVERY_S)
    now, elapsed = await sql.register_now(office.rows), time.perf_counter() - started
    if now["failed"] or now["waiting"] < sizes.load / 2 or now["issued"] == before["issued"]:
        raise NotLoaded(f"with {sizes.load} certificates: {dict(before)}, and {elapsed:.0f} s later {dict(now)}")
    return float((now["issued"] - before["issued"]) / elapsed)


def _encouragement(certificate_id: str) -> IssueAdHoc:
    return IssueAdHoc(
        certificate_id=certificate_id,
        student_id="s0",
        layout_id=LAYOUT_ID,
        teacher_id=TEACHER_ID,
        title="Encouragement Certificate",
        requested_by="Office",
    )
