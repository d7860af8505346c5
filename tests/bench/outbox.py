"""How long a message waits between its commit and the stream, while runs come in steadily."""

from __future__ import annotations

import asyncio
from pathlib import Path
from statistics import quantiles
from tempfile import mkdtemp

from tests.bench.awards import SCHOOL_ID
from tests.bench.lab import Figures, Lab
from tests.bench.lots import in_lots
from tests.bench.played import played_rendering
from tests.bench.runs import IssuedCount, run_of
from tests.bench.school import complete, enrol, found_school, sql
from tests.bench.system import System, durable_postgres, running_system

RUN = 25
"""Certificates, each with its level change."""
EVERY_S = 0.5
"""A run: fifty certificates a second, and two messages for each."""
DATABASE = "outbox"


class NotAllPublished(Exception):
    """The text says what is missing: the measurement counts for nothing."""


async def outbox(lab: Lab) -> Figures:
    """`outbox_p99_ms` and `outbox_p50_ms`, from a message's commit to its row's removal after the PubAck."""
    folder = Path(mkdtemp(dir=lab.folder))
    with durable_postgres(folder / "postgres", "track_commit_timestamp") as postgres:
        async with running_system(folder, postgres, DATABASE) as system, played_rendering(system):
            lags = await _lags(system, lab.sizes.steady_runs)
    percentiles = quantiles(lags, n=100)
    return {"outbox_p50_ms": percentiles[49], "outbox_p99_ms": percentiles[98]}


async def _lags(system: System, runs: int) -> list[float]:
    """Milliseconds, one for each message."""
    await found_school(system.school)
    progressions = await complete(system.rows, SCHOOL_ID, await enrol(system.rows, SCHOOL_ID, runs * RUN))
    await sql.watch_outbox(system.rows)
    issued = IssuedCount()
    await issued.listen(system)
    for lot in in_lots(progressions, RUN):
        await system.school.send((run_of(lot, level_changes=True), None))
        await asyncio.sleep(EVERY_S)
    await issued.until(len(progressions))
    await system.until_quiet()
    lags = [row["lag_ms"] async for row in sql.outbox_lags(system.rows)]
    if len(lags) < 2 * len(progressions):
        raise NotAllPublished(f"{len(lags)} messages went through the outbox for {len(progressions)} certificates")
    return lags
