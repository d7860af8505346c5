"""The baseline: the loop that anybody would write to print certificates with Chromium.

One process, one warm page, the whole HTML each time, the bytes kept in memory and nothing else. JavaScript switched
off, `wait_until` of another kind, a browser without GPU process, Playwright's synchronous interface: each was
measured, and none is faster than the defaults by more than the noise.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import mean, median

from playwright.async_api import Page, async_playwright

from tests.bench.awards import fields_of
from tests.bench.design import whole_html, whole_html_with_fonts
from tests.bench.lab import Figures, Lab

SINGLES = 10


async def plain_loop(lab: Lab) -> Figures:
    """`plain_ms`: the median turn, from the fields to the bytes.

    Each round has a fresh page, so the garbage that `set_content` leaves in one (1 MB a print) slows nothing.
    """
    kept: list[bytes] = []
    async with warm_page(lab.chromium) as page:
        turns = [await timed_turn(page, number, kept) for number in range(lab.sizes.warm + lab.sizes.plain_prints)]
    return {"plain_ms": median(turns[lab.sizes.warm :])}


async def single_print(lab: Lab) -> Figures:
    """`single_bytes`: the mean size of a certificate that Chromium printed alone, tagged, from Laurel's own design."""
    async with warm_page(lab.chromium) as page:
        sizes = [len(await _tagged_print(page, number)) for number in range(SINGLES)]
    return {"single_bytes": mean(sizes)}


@asynccontextmanager
async def warm_page(chromium: Path) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium)
        try:
            yield await browser.new_page()
        finally:
            await browser.close()


async def timed_turn(page: Page, number: int, kept: list[bytes]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    await page.set_content(whole_html(fields_of(number)))
    kept.append(await page.pdf(prefer_css_page_size=True, print_background=True))
    return (time.perf_counter() - started) * 1000


async def _tagged_print(page: Page, number: int) -> bytes:
    await page.set_content(whole_html_with_fonts(fields_of(number)))
    return await page.pdf(prefer_css_page_size=True, print_background=True, tagged=True)
