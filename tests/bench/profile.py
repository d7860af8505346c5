"""How one certificate's milliseconds are spent: CPU by the part that used it, Laurel beside the plain loop."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from rich.table import Table

from tests.bench.lab import Lab
from tests.bench.plain import timed_turn, warm_page
from tests.bench.processes import cpu_by_name, cpu_of
from tests.bench.renderers import warm_renderers


@dataclass(frozen=True, slots=True)
class Spent:
    """Milliseconds a certificate."""

    wall: float
    cpu: Mapping[str, float]

    @property
    def total(self) -> float:
        return sum(self.cpu.values())


class Clock:
    """CPU and wall time of some processes, from its making until it is asked."""

    def __init__(self, roots: Iterable[int] | Mapping[str, Iterable[int]]) -> None:
        """By the part that each plays, or by the names that they are given."""
        self._look = partial(cpu_by_name, roots) if isinstance(roots, Mapping) else partial(cpu_of, list(roots))
        self._cpu = self._look()
        self._started = time.perf_counter()

    def spent(self, certificates: float) -> Spent:
        wall = time.perf_counter() - self._started
        each = 1000 / certificates
        cpu = {part: (seconds - self._cpu.get(part, 0)) * each for part, seconds in self._look().items()}
        return Spent(wall * each, cpu)


async def profile(lab: Lab) -> Table:
    columns = {
        "plain loop": await _plain(lab),
        "one renderer": await _renderers(lab, 1),
        "two renderers": await _renderers(lab, 2),
    }
    return spent_table("ms a certificate", columns, "Where the time goes")


def spent_table(each: str, columns: Mapping[str, Spent], title: str) -> Table:
    table = Table(each, *columns, title=title)
    for part in sorted({part for spent in columns.values() for part in spent.cpu}):
        table.add_row(part, *(f"{spent.cpu.get(part, 0):.2f}" for spent in columns.values()))
    table.add_section()
    table.add_row("CPU together", *(f"{spent.total:.2f}" for spent in columns.values()))
    table.add_row("by the clock", *(f"{spent.wall:.2f}" for spent in columns.values()))
    return table


async def _plain(lab: Lab) -> Spent:
    kept: list[bytes] = []
    async with warm_page(lab.chromium) as page:
        for number in range(lab.sizes.warm):
            await timed_turn(page, number, kept)
        clock = Clock([os.getpid()])
        for number in range(lab.sizes.plain_prints):
            await timed_turn(page, number, kept)
        return clock.spent(lab.sizes.plain_prints)


async def _renderers(lab: Lab, count: int) -> Spent:
    """Without the bench itself, which only looks on."""
    async with warm_renderers(lab, count) as rendering:
        await rendering.commands.hold(lab.sizes.waiting - 1)
        clock = Clock([rendering.broker_pid, *(renderer.pid for renderer in rendering.renderers)])
        await rendering.commands.let_go()
        return clock.spent(lab.sizes.waiting)
