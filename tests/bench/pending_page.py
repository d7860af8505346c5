"""The page of pending progressions, asked for by a browser: as the register grows, and with 2,000 who wait."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median, quantiles
from tempfile import mkdtemp

import httpx

from contracts.envelope import new_id
from deploy.embedded.postgres import PostgresServer
from deploy.embedded.process import free_port
from deploy.supervision import PythonChild
from services.staff.people import put_account
from tests.bench.awards import SCHOOL_ID
from tests.bench.lab import Figures, Lab
from tests.bench.played import played_rendering
from tests.bench.register import fill
from tests.bench.school import complete, enrol, found_school, sql
from tests.bench.system import PASSWORD, System, durable_postgres, running_system

USERNAME, WORD = "office", "kahikatea-42"
WARM_UP = 10
"""Pages, after which connections, statements and templates are ready."""
TURN = 10
"""Pages of one register before the other's turn."""
TOKEN = re.compile(r'name="form_token" value="([^"]*)"')


async def pending_growth(lab: Lab) -> Figures:
    """`pending_small_ms` and `pending_large_ms`: the median page, asked for in turns; as many wait in both."""
    sizes = (lab.sizes.small_register, lab.sizes.large_register)
    with durable_postgres(lab.folder / "registers") as postgres:
        async with (
            _filled(lab, postgres, sizes[0]) as few,
            _filled(lab, postgres, sizes[1]) as many,
            _waiting(few, lab.sizes.pending),
            _waiting(many, lab.sizes.pending),
            office(lab.folder, few, postgres, f"register_{sizes[0]}") as of_few,
            office(lab.folder, many, postgres, f"register_{sizes[1]}") as of_many,
        ):
            small: list[float] = []
            large: list[float] = []
            for _ in range(lab.sizes.pending_pages // TURN or 1):
                small += await pages(of_few, TURN)
                large += await pages(of_many, TURN)
    return {"pending_small_ms": median(small), "pending_large_ms": median(large)}


async def pending_page(lab: Lab) -> Figures:
    """`pending_page_ms` and `pending_page_p99_ms`: the page when so many certificates and level changes wait."""
    folder = Path(mkdtemp(dir=lab.folder))
    with durable_postgres(folder / "postgres") as postgres:
        async with running_system(folder, postgres, "pending") as system, played_rendering(system):
            await found_school(system.school)
            students = await enrol(system.rows, SCHOOL_ID, lab.sizes.pending_rows)
            await complete(system.rows, SCHOOL_ID, students)
            await system.rows.execute("VACUUM ANALYZE")
            async with office(folder, system, postgres, "pending") as web:
                took = await pages(web, lab.sizes.pending_pages)
    return {"pending_page_ms": median(took), "pending_page_p99_ms": quantiles(took, n=100)[-1]}


async def pages(web: httpx.AsyncClient, count: int) -> list[float]:
    """Milliseconds, each from asking for the page to its last byte."""
    took = []
    for _ in range(count):
        started = time.perf_counter()
        answer = await web.get("/pending")
        took.append((time.perf_counter() - started) * 1000)
        assert answer.status_code == httpx.codes.OK
        assert "Start Certificate Generation" in answer.text
    return took


@asynccontextmanager
async def _filled(lab: Lab, postgres: PostgresServer, size: int) -> AsyncIterator[System]:
    """A system whose register has so many certificates, of this round or of an earlier measurement."""
    folder = Path(mkdtemp(dir=lab.folder))
    async with running_system(folder, postgres, f"register_{size}") as system, played_rendering(system):
        if not await system.rows.fetchval("SELECT count(*) FROM student"):
            await found_school(system.school)
            await fill(system.rows, size)
        yield system


@asynccontextmanager
async def _waiting(system: System, count: int) -> AsyncIterator[None]:
    """So many students from all over the school have completed their level. Afterwards nobody waits."""
    students = sql.some_students(system.rows, school_id=SCHOOL_ID, salt=new_id(), count=count)
    progressions = await complete(system.rows, SCHOOL_ID, [row["student_id"] async for row in students])
    await system.rows.execute("VACUUM ANALYZE pending_progression")
    yield
    await sql.drop_progressions(system.rows, progression_ids=progressions)


@asynccontextmanager
async def office(
    folder: Path, system: System, postgres: PostgresServer, database: str
) -> AsyncIterator[httpx.AsyncClient]:
    """The staff web as a process of its own, and a warm browser that is signed in."""
    url = postgres.url("staff", PASSWORD, database)
    variables = {"LAUREL_NATS_URL": system.broker.url("staff"), "LAUREL_POSTGRES_URL": url, "LAUREL_LOG_LEVEL": "ERROR"}
    port = free_port()
    child = PythonChild("staff", "services.staff", folder / f"staff-{database}.log", variables, port)
    child.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as web:
            await child.until_ready(web)
            await _sign_in(web, url)
            await pages(web, WARM_UP)
            yield web
    finally:
        child.stop()


async def _sign_in(web: httpx.AsyncClient, url: str) -> None:
    await put_account(url, school_id=SCHOOL_ID, username=USERNAME, display_name="Office", password=WORD)
    token = TOKEN.search((await web.get("/sign-in")).text)
    form = {"username": USERNAME, "password": WORD, "form_token": token[1] if token else "", "next": ""}
    answer = await web.post("/sign-in", data=form)
    assert answer.status_code == httpx.codes.SEE_OTHER
