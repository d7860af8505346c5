"""Certificates a second through everything but Chromium, beside a bare loop that publishes and commits as often.

The servers' own counters say what a certificate takes: messages published, transactions that wrote, rows in them. Then
the services are stopped, and as many processes as they were do the same and nothing else, on the same servers.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence

from contracts.catalogue import TYPE_OF
from contracts.certificates import Issue, Issued
from contracts.permissions import PROVISIONER
from contracts.portal import Published
from contracts.topology import COMMANDS, EVENTS, INTERNAL
from tests.bench.awards import SCHOOL_ID
from tests.bench.bare_pipeline import Share, spread
from tests.bench.lab import Figures, Lab
from tests.bench.pipeline_system import DATABASE, Counted, Pipeline, all_pending, running_pipeline
from tests.bench.profile import Clock, Spent
from tests.bench.school import sql

WARM_UP = 100
"""Certificates."""
PROCESSES = 4
"""As the pipeline's: progression, rendering, portal, notification."""
SUBJECTS = {
    COMMANDS.name: TYPE_OF[Issue].subject(SCHOOL_ID),
    EVENTS.name: TYPE_OF[Issued].subject(SCHOOL_ID),
    INTERNAL.name: TYPE_OF[Published].subject(SCHOOL_ID),
}
"""One for each stream: it is kept in the stream that the pipeline's messages are kept in."""


async def pipeline_and_bare(lab: Lab) -> Figures:
    """`through_per_s` and `bare_through_per_s`; `through_publishes`, `through_commits` and `through_rows` of each."""
    way, loop, done, _ = await both(lab)
    return {
        "through_per_s": 1000 / way.wall,
        "bare_through_per_s": 1000 / loop.wall,
        "through_publishes": sum(done.published.values()) / lab.sizes.through,
        "through_commits": done.commits / lab.sizes.through,
        "through_rows": done.written / lab.sizes.through,
    }


async def both(lab: Lab) -> tuple[Spent, Spent, Counted, dict[str, float]]:
    """Through Laurel and by the bare loop; what all certificates together took; and the bytes that one leaves."""
    async with running_pipeline(lab) as pipeline:
        progression_ids = await ready_to_issue(lab, pipeline, lab.sizes.through)
        before, kept_before = await pipeline.counted(), await pipeline.kept()
        way = await through(pipeline, progression_ids)
        # Their connections report what they wrote when they close.
        pipeline.stop_services()
        done = (await pipeline.counted()).since(before)
        kept = {name: (size - kept_before[name]) / lab.sizes.through for name, size in (await pipeline.kept()).items()}
        return way, await bare(pipeline, done, lab.sizes.through), done, kept


async def ready_to_issue(lab: Lab, pipeline: Pipeline, count: int) -> list[str]:
    """Progressions that wait, in a school that has issued some certificates already."""
    warm = min(WARM_UP, count)
    progression_ids = await all_pending(lab, pipeline, warm + count)
    await pipeline.issue(progression_ids[:warm])
    await pipeline.rows.execute("CHECKPOINT")
    return progression_ids[warm:]


async def through(pipeline: Pipeline, progression_ids: list[str]) -> Spent:
    """From the press of the button to the last row in the ledger of mails."""
    clock = Clock(pipeline.services | pipeline.servers)
    await pipeline.issue(progression_ids)
    return clock.spent(len(progression_ids))


async def bare(pipeline: Pipeline, done: Counted, certificates: int) -> Spent:
    """As many publishes, with their acknowledgements, and commits, and nothing else."""
    await sql.make_bare_pipeline(pipeline.rows)
    shares = _shares(pipeline, done, await pipeline.mean_message_bytes())
    processes = await asyncio.gather(*(_started(share) for share in shares))
    try:
        await pipeline.rows.execute("CHECKPOINT")
        clock = Clock({"bare loop": [process.pid for process in processes]} | pipeline.servers)
        await asyncio.gather(*(_let_go(process) for process in processes))
        return clock.spent(certificates)
    finally:
        await _ended(processes)


def _shares(pipeline: Pipeline, done: Counted, message_bytes: int) -> list[Share]:
    published = {stream: spread(count, PROCESSES) for stream, count in done.published.items()}
    return [
        Share(
            nats_url=pipeline.broker.url(PROVISIONER),
            postgres_url=pipeline.postgres.url(database=DATABASE),
            subjects={SUBJECTS[stream]: counts[number] for stream, counts in published.items()},
            message_bytes=message_bytes,
            commits=spread(done.commits, PROCESSES)[number],
            rows=spread(done.written, PROCESSES)[number],
        )
        for number in range(PROCESSES)
    ]


async def _started(share: Share) -> Process:
    command = (sys.executable, "-m", "tests.bench.bare_pipeline", share.argument())
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    await _says(process, b"ready\n")
    return process


async def _let_go(process: Process) -> None:
    """It stays until nobody writes to it any more, so that it can be looked at."""
    assert process.stdin is not None
    process.stdin.write(b"go\n")
    await _says(process, b"done\n")


async def _says(process: Process, word: bytes) -> None:
    assert process.stdout is not None
    said = await process.stdout.readline()
    if said != word:
        raise RuntimeError(f"the bare loop said {said!r} instead of {word!r}")


async def _ended(processes: Sequence[Process]) -> None:
    for process in processes:
        if process.returncode is None and process.stdin is not None:
            process.stdin.close()
        await process.wait()
