"""A layout that would never be done is cut off in its time, and the next certificate prints."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from services.rendering.chromium import Bounds, Chromium, find_chromium
from services.rendering.printing.printer import Printer, PrintInterrupted
from services.rendering.refusals import CannotPrint
from tests.paper import text_of
from tests.service.endless_layouts import ENDLESS
from tests.service.hostile_layouts import HARMLESS, OWN_TEXT, html_with, unchecked
from tests.service.rendering_world import FIELDS
from tests.waiting import eventually

pytestmark = pytest.mark.heavy

BILLION_LAUGHS = unchecked(html_with(ENDLESS["a billion laughs"]))
TIME_S = 3.0
TO_CLOSE_S = 4.0
"""What giving a page up may take on a busy machine."""


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    chromium = Chromium(find_chromium())
    await chromium.start()
    yield chromium
    await chromium.stop()


@pytest.fixture(scope="module")
async def printer(chromium: Chromium) -> Printer:
    return Printer(chromium, timeout_s=TIME_S)


@pytest.mark.heavy
@pytest.mark.parametrize("name", ENDLESS)
async def test_what_never_ends_is_cut_off_and_the_next_prints(printer: Printer, name: str) -> None:
    began = time.monotonic()
    with pytest.raises((CannotPrint, PrintInterrupted)):
        await printer.print(unchecked(html_with(ENDLESS[name])), FIELDS)
    assert time.monotonic() - began < TIME_S + TO_CLOSE_S
    assert OWN_TEXT in text_of(await printer.print(HARMLESS, FIELDS))


async def test_what_was_cut_off_computes_no_longer(chromium: Chromium, printer: Printer) -> None:
    before = set(chromium.processes.renderer_pids())
    with pytest.raises(PrintInterrupted):
        await printer.print(BILLION_LAUGHS, FIELDS)

    async def its_process_is_gone() -> bool:
        return set(chromium.processes.renderer_pids()) <= before

    await eventually(its_process_is_gone)


async def test_a_process_that_takes_too_much_is_killed_before_its_time() -> None:
    chromium = Chromium(find_chromium(), bounds=Bounds(process_mb=300))
    with capture_logs() as logs:
        with pytest.raises(PrintInterrupted, match="Chromium stopped"):
            await Printer(chromium, timeout_s=60).print(BILLION_LAUGHS, FIELDS)
        await chromium.stop()
    assert "chromium_process_killed" in [log["event"] for log in logs]
