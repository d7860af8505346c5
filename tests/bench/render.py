"""Laurel's renderers measured: many that wait, one alone, ten thousand."""

from __future__ import annotations

import asyncio
import time
from statistics import mean, median

from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from contracts.catalogue import TYPE_OF
from contracts.rendering import Rendered
from contracts.topology import INTERNAL
from tests.bench.awards import SCHOOL_ID
from tests.bench.commands import Commands
from tests.bench.lab import Figures, Lab
from tests.bench.processes import memory_of
from tests.bench.renderers import warm_renderers

IDLE_S = 0.1
"""Between single commands: a machine that has just been busy answers sooner."""
LOT = 1_000


async def two_renderers(lab: Lab) -> Figures:
    """`two_per_s` and `mean_bytes`."""
    async with warm_renderers(lab, 2) as rendering:
        elapsed = await rendering.commands.print_waiting(lab.sizes.waiting)
        return {"two_per_s": lab.sizes.waiting / elapsed, "mean_bytes": mean(rendering.commands.sizes())}


async def one_renderer(lab: Lab) -> Figures:
    """`one_per_s`."""
    async with warm_renderers(lab, 1) as rendering:
        return {"one_per_s": lab.sizes.waiting / await rendering.commands.print_waiting(lab.sizes.waiting)}


async def single_commands(lab: Lab) -> Figures:
    """`single_ms`: the median from publishing one command to its `rendered` event, all else idle."""
    async with warm_renderers(lab, 1) as rendering:
        return {"single_ms": median(await _single_turns(rendering.commands, lab.sizes.singles))}


async def memory(lab: Lab) -> Figures:
    """`few_mb` and `many_mb`: one renderer with its browser, after so many certificates."""
    async with warm_renderers(lab, 1) as rendering:
        [renderer] = rendering.renderers
        await _print(rendering.commands, lab.sizes.few)
        few = memory_of(renderer.pid)
        await _print(rendering.commands, lab.sizes.many - lab.sizes.few)
        return {"few_mb": few / 1e6, "many_mb": memory_of(renderer.pid) / 1e6}


async def _single_turns(commands: Commands, count: int) -> list[float]:
    """Milliseconds each."""
    events = await commands.progression.jetstream.subscribe(
        TYPE_OF[Rendered].subject(SCHOOL_ID),
        stream=INTERNAL.name,
        config=ConsumerConfig(deliver_policy=DeliverPolicy.NEW, ack_policy=AckPolicy.NONE),
    )
    turns = []
    for _ in range(count):
        started = time.perf_counter()
        await commands.publish(1)
        await events.next_msg(timeout=30)
        turns.append((time.perf_counter() - started) * 1000)
        await commands.until_done()
        await asyncio.sleep(IDLE_S)
    return turns


async def _print(commands: Commands, count: int) -> None:
    for first in range(0, count, LOT):
        await commands.print_waiting(min(LOT, count - first))
        commands.forget_pdfs()
