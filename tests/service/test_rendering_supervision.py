"""Whatever is killed, and whenever, costs at most a retry; what grows is begun afresh; what hangs is found."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import AsyncIterator, Callable

import pytest

from services.kit.delivery import Transient
from services.rendering.chromium import Bounds, Chromium, find_chromium
from services.rendering.chromium.processes import Processes
from services.rendering.printing.printer import Printer
from tests.paper import text_of
from tests.service.hostile_layouts import HARMLESS, OWN_TEXT
from tests.service.rendering_world import FIELDS
from tests.waiting import eventually

VICTIMS: dict[str, Callable[[Processes], list[int]]] = {
    "renderer": lambda processes: processes.renderer_pids(),
    "browser": lambda processes: [processes.browser_pid],
    "driver": lambda processes: [processes.driver_pid],
}
LONGEST_PRINT_S = 0.3
ROUNDS = 6


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    chromium = Chromium(find_chromium(), bounds=Bounds(silence_s=0.5))
    await chromium.start()
    yield chromium
    await chromium.stop()


async def printed(printer: Printer, tries: int) -> None:
    for left in reversed(range(tries)):
        try:
            pdf = await printer.print(HARMLESS, FIELDS)
        except Transient:
            if not left:
                raise
        else:
            assert OWN_TEXT in text_of(pdf)
            return


def kill(pids: list[int]) -> None:
    for pid in pids:
        # It may have died with another a moment ago.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.heavy
@pytest.mark.parametrize("victim", VICTIMS)
async def test_killed_at_any_moment_it_costs_a_retry(chromium: Chromium, victim: str) -> None:
    printer, chance = Printer(chromium), random.Random(victim)
    for _ in range(ROUNDS):
        printing = asyncio.create_task(printed(printer, tries=2))
        # From a print's first moment, when a page is opened, to beyond its last, when the page waits for the next.
        await asyncio.wait([printing], timeout=chance.uniform(0, LONGEST_PRINT_S))
        kill(VICTIMS[victim](chromium.processes))
        await printing
        await printed(printer, tries=2)
    assert await chromium.ready()


async def test_nothing_is_left_behind(chromium: Chromium) -> None:
    await printed(Printer(chromium), tries=1)
    processes, pids = chromium.processes, chromium.processes.pids()
    os.kill(processes.driver_pid, signal.SIGKILL)
    await chromium.stop()

    async def gone() -> bool:
        return not any(is_running(pid) for pid in pids)

    await eventually(gone)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.heavy
async def test_a_browser_that_hangs_is_killed_and_launched_again(chromium: Chromium) -> None:
    hanging = chromium.processes.browser_pid
    os.kill(hanging, signal.SIGSTOP)

    async def gone() -> bool:
        return not is_running(hanging)

    await eventually(gone)
    await printed(Printer(chromium), tries=2)


async def test_above_its_memory_it_is_launched_anew_as_soon_as_no_page_is_open() -> None:
    chromium = Chromium(find_chromium(), bounds=Bounds(memory_mb=1))
    await chromium.start()
    first = chromium.processes.browser_pid
    page = await chromium.new_page()

    async def noticed() -> bool:
        return chromium.over_memory

    await eventually(noticed)
    another = await chromium.new_page()
    assert chromium.processes.browser_pid == first
    assert chromium.holds(page)
    await page.close()
    await another.close()
    fresh = await chromium.new_page()
    assert chromium.processes.browser_pid != first
    assert (chromium.holds(page), chromium.holds(fresh)) == (False, True)
    await chromium.stop()


async def test_a_page_is_held_until_its_process_dies(chromium: Chromium) -> None:
    page = await chromium.new_page()
    assert chromium.holds(page)
    os.kill(chromium.processes.renderer_pids()[0], signal.SIGKILL)

    async def let_go() -> bool:
        return not chromium.holds(page)

    await eventually(let_go)
    assert chromium.holds(await chromium.new_page())
