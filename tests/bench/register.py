"""What a certificate costs progression and Postgres when the register is small, and when it is large."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

from contracts.envelope import new_id
from deploy.embedded.postgres import PostgresServer
from tests.bench.awards import LAYOUT_ID, SCHOOL_ID, fields_of
from tests.bench.lab import Figures, Lab
from tests.bench.played import played_rendering
from tests.bench.profile import Clock, Spent
from tests.bench.runs import IssuedCount, run_of
from tests.bench.school import TEACHER_ID, complete, enrol, found_school, sql
from tests.bench.system import Rows, System, durable_postgres, running_system

WARM_UP = 50
"""Certificates."""
TO_A_STUDENT = 10


class Register:
    """A system whose register has so many certificates already."""

    def __init__(self, system: System) -> None:
        self.system = system
        self._issued = IssuedCount()

    async def open(self, size: int) -> None:
        """Filled, unless an earlier round did so."""
        await self._issued.listen(self.system)
        if not await self.system.rows.fetchval("SELECT count(*) FROM student"):
            await found_school(self.system.school)
            await fill(self.system.rows, size)

    async def issue(self, count: int) -> Spent:
        """Milliseconds a certificate, from publishing the run that selects so many to the last `issued`.

        CPU of progression and Postgres: not of the broker, nor of the bench, which plays rendering.
        """
        run = run_of(await self._pending(count))
        wanted = self._issued.heard + count
        clock = Clock(self.system.pids[:2])
        await self.system.school.send((run, None))
        await self._issued.until(wanted)
        spent = clock.spent(count)
        await self.system.until_quiet()
        return spent

    async def _pending(self, count: int) -> list[str]:
        """Of students from all over the school, who have completed a level that nobody has completed before."""
        level_id = new_id()
        await sql.add_level(self.system.rows, school_id=SCHOOL_ID, level_id=level_id, layout_id=LAYOUT_ID)
        students = sql.some_students(self.system.rows, school_id=SCHOOL_ID, salt=level_id, count=count)
        return await complete(self.system.rows, SCHOOL_ID, [row["student_id"] async for row in students], level_id)


async def growth(lab: Lab) -> Figures:
    """`small_ms` and `large_ms`: the median turn by the clock; `small_cpu_ms` and `large_cpu_ms`: its CPU."""
    small, large = [], []
    with durable_postgres(lab.folder / "registers") as postgres:
        async with (
            _register(lab, postgres, lab.sizes.small_register) as few,
            _register(lab, postgres, lab.sizes.large_register) as many,
        ):
            for _ in range(lab.sizes.register_turns):
                small.append(await few.issue(lab.sizes.register_run))
                large.append(await many.issue(lab.sizes.register_run))
    return {
        "small_ms": median(spent.wall for spent in small),
        "large_ms": median(spent.wall for spent in large),
        "small_cpu_ms": median(spent.total for spent in small),
        "large_cpu_ms": median(spent.total for spent in large),
    }


@asynccontextmanager
async def _register(lab: Lab, postgres: PostgresServer, size: int) -> AsyncIterator[Register]:
    """Warm. Both share a Postgres, and have a progression and a broker each."""
    folder = Path(mkdtemp(dir=lab.folder))
    async with running_system(folder, postgres, f"register_{size}") as system, played_rendering(system):
        register = Register(system)
        await register.open(size)
        await register.issue(min(WARM_UP, lab.sizes.register_run))
        yield register


async def fill(rows: Rows, certificates: int) -> None:
    """Ten to a student, a hundred to a run, over two years."""
    school = {"school_id": SCHOOL_ID, "certificates": certificates}
    await enrol(rows, SCHOOL_ID, certificates // TO_A_STUDENT)
    # Checking each row's references takes longer than writing it, and they are right as they are made.
    await rows.execute("SET session_replication_role = replica")
    await sql.add_past_levels(rows, school_id=SCHOOL_ID, layout_id=LAYOUT_ID)
    await sql.add_past_runs(rows, **school)
    await sql.add_past_progressions(rows, **school, teacher_id=TEACHER_ID)
    await sql.add_past_certificates(rows, school_id=SCHOOL_ID)
    texts = fields_of(0)
    await sql.add_past_versions(
        rows,
        school_id=SCHOOL_ID,
        layout_id=LAYOUT_ID,
        teacher_id=TEACHER_ID,
        notes=texts["notes"],
        fields=json.dumps(texts),
    )
    await rows.execute("SET session_replication_role = origin")
    await rows.execute("VACUUM ANALYZE")
    await rows.execute("CHECKPOINT")
