"""From the press of "Start Certificate Generation" to the certificate being issued, through the whole stack."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

import nats
from nats.aio.client import Client

from contracts.catalogue import SCHOOL, TYPE_OF
from contracts.certificates import Issued, SelectedCertificate, StartGeneration
from contracts.envelope import new_id, wrap
from contracts.permissions import inbox_of
from deploy.addresses import Addresses
from deploy.home import Home
from deploy.stack import running_stack
from tests.bench.lab import Figures, Lab
from tests.bench.publishing import publish_bench_layout
from tests.bench.students import mastered_levels
from tests.waiting import eventually

WARM_UP = 3
"""Clicks before the clock counts."""
PATIENCE_S = 60.0


async def clicks(lab: Lab) -> Figures:
    """`click_ms`: the median from publishing `start_generation` with one student to `issued`, all else idle."""
    home = Home(Path(mkdtemp(dir=lab.folder)))
    async with running_stack(home, seed=False, say=lambda _: None) as endpoints:
        where = Addresses.of(home)
        await publish_bench_layout(lab.layout, where.nats("rendering"), where.artefacts, where.school_id)
        progressions = await mastered_levels(endpoints, WARM_UP + lab.sizes.clicks)
        client = await nats.connect(endpoints.nats, inbox_prefix=inbox_of(SCHOOL, endpoints.school).encode())
        try:
            turns = await _turns(client, endpoints.school, home.mail, progressions)
        finally:
            await client.close()
    return {"click_ms": median(turns[WARM_UP:])}


async def _turns(client: Client, school_id: str, mail: Path, progressions: list[str]) -> list[float]:
    """Milliseconds each. The family's mail has arrived before the next click, so nothing is left to be done."""
    issued = await client.subscribe(TYPE_OF[Issued].subject(school_id))
    await client.flush()
    turns = []
    for done, progression_id in enumerate(progressions, start=1):
        envelope = wrap(_run(progression_id), school_id, source="/school/bench")
        started = time.perf_counter()
        await client.jetstream().publish(envelope.subject, envelope.body, headers=envelope.headers)
        await issued.next_msg(timeout=PATIENCE_S)
        turns.append((time.perf_counter() - started) * 1000)
        await _until_mailed(mail, done)
    return turns


def _run(progression_id: str) -> StartGeneration:
    return StartGeneration(
        run_id=new_id(),
        requested_by="Office",
        certificates=(SelectedCertificate(progression_id=progression_id, notes="Brave from the first day!"),),
    )


async def _until_mailed(folder: Path, count: int) -> None:
    async def all_there() -> bool:
        return _mails(folder) >= count

    await eventually(all_there, within=PATIENCE_S, what="the family's mail")


def _mails(folder: Path) -> int:
    return len(list(folder.glob("*.eml")))
