"""What processes use: memory of a tree, CPU by the part that each plays."""

from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import psutil

KIND = re.compile(r"--type=([a-z-]+)")
PARTS = {
    "chrom": "Chromium: browser",
    "node": "Playwright's driver",
    "nats-server": "NATS",
    "postgres": "Postgres",
    "python": "Python",
}
"""By a piece of the executable's name; the first that is in it."""


def memory_of(root: int) -> int:
    """Bytes of the process and all below it; what several share is counted once, in parts (PSS)."""
    total = 0
    for process in _tree(root):
        # One that has ended meanwhile holds nothing.
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total


def cpu_of(roots: Iterable[int]) -> dict[str, float]:
    """CPU seconds until now of these processes and all below them, by part."""
    used: dict[str, float] = defaultdict(float)
    for root in roots:
        for process in _tree(root):
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                used[_part(process)] += times.user + times.system
    return used


def cpu_by_name(roots: Mapping[str, Iterable[int]]) -> dict[str, float]:
    """CPU seconds until now of these processes and all below them, by the name that they are given here."""
    return {name: sum(cpu_of(pids).values()) for name, pids in roots.items()}


def _tree(root: int) -> Iterator[psutil.Process]:
    process = psutil.Process(root)
    yield process
    yield from process.children(recursive=True)


def _part(process: psutil.Process) -> str:
    # Chromium writes its title as one word, so arguments cannot be told apart by position.
    kind = KIND.search(" ".join(process.cmdline()))
    if kind:
        return f"Chromium: {kind[1]}"
    name = process.name()
    return next((part for piece, part in PARTS.items() if piece in name), name)
