"""Rounds: every contender takes its turn, then every one again, so that a noisy minute hurts all alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from tests.bench.lab import Figures, Lab
from tests.bench.rows import CONTENDERS, Contender, Row

Say = Callable[[str], None]


async def measured(lab: Lab, rows: Sequence[Row], say: Say) -> list[Figures]:
    """The figures of each round, those that the rows need."""
    needed = frozenset[str]().union(*(row.needs for row in rows))
    contenders = [contender for contender in CONTENDERS if contender.gives & needed]
    return [await _round(lab, number, contenders, say) for number in range(1, lab.sizes.rounds + 1)]


async def _round(lab: Lab, number: int, contenders: Sequence[Contender], say: Say) -> Figures:
    figures: Figures = {}
    for contender in contenders:
        started = time.perf_counter()
        got = await contender.measure(lab)
        took = time.perf_counter() - started
        what = ", ".join(f"{name} {value:,.1f}" for name, value in got.items()) or "not installed"
        say(f"round {number} of {lab.sizes.rounds}: {contender.name}: {what} (in {took:.0f} s)")
        figures |= got
    return figures
