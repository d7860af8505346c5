"""Where a measurement takes place, and how large it is."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from services.rendering.chromium import find_chromium
from services.rendering.library import LayoutDraft
from tests.bench.publishing import bench_layout

Figures = dict[str, float]
"""What was measured, by the names in `rows.FIGURES`."""


@dataclass(frozen=True, slots=True)
class Sizes:
    rounds: int = 3
    warm: int = 25
    """Prints after which Chromium and whoever drives it have their fonts and their code at hand."""
    plain_prints: int = 60
    waiting: int = 1000
    """Issue commands that wait when the renderers are let at them."""
    singles: int = 30
    clicks: int = 20
    few: int = 2_000
    many: int = 10_000
    """Certificates after which memory is looked at."""
    others: int = 20
    """Prints with each of the other programs."""
    load: int = 10_000
    """Certificates that wait while single ones are asked for."""
    ad_hoc: int = 20
    """Single certificates, with nobody else waiting and with so many."""
    marked: int = 4_000
    """Students whose whole level is marked in one turn."""
    mails: int = 1_000
    """In one turn, by notification and by a bare loop."""
    small_register: int = 10_000
    large_register: int = 1_000_000
    register_turns: int = 6
    register_run: int = 300
    """Certificates in a turn."""
    steady_runs: int = 40
    pending: int = 200
    """Who wait when the page is asked for as the register grows: the last day of a term."""
    pending_rows: int = 2_000
    pending_pages: int = 200
    """How often the page is asked for."""
    contained: int = 600
    """Issue commands that wait for renderers in containers."""
    through: int = 2_000
    """Certificates that go through everything but Chromium."""
    portal_turns: int = 6
    portal_turn_s: float = 2.0


QUICK = Sizes(
    rounds=1,
    warm=1,
    plain_prints=3,
    waiting=20,
    singles=2,
    clicks=2,
    few=20,
    many=40,
    others=2,
    load=600,
    ad_hoc=4,
    marked=40,
    mails=40,
    small_register=200,
    large_register=2_000,
    register_turns=1,
    register_run=10,
    steady_runs=3,
    pending=20,
    pending_rows=40,
    pending_pages=10,
    contained=20,
    through=40,
    portal_turns=1,
    portal_turn_s=0.2,
)


@dataclass(frozen=True, slots=True)
class Lab:
    folder: Path
    """A temporary one: all that a measurement writes lies below."""
    layout: LayoutDraft
    chromium: Path
    sizes: Sizes


@asynccontextmanager
async def open_lab(sizes: Sizes) -> AsyncIterator[Lab]:
    """FontMissing or ChromiumMissing where the machine lacks something."""
    with TemporaryDirectory(prefix="laurel-bench-") as name:
        folder = Path(name)
        layout = await bench_layout(folder / "layout")
        yield Lab(folder, layout, find_chromium(os.environ.get("LAUREL_CHROMIUM")), sizes)
