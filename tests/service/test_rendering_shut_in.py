"""A layout reaches no network and no file: each attempt works in a browser without fences, and never in ours."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Error, Page, async_playwright

from services.rendering.chromium import Chromium, Confinement, find_chromium
from services.rendering.library import FrozenLayout
from services.rendering.printing.printer import Printer, PrintInterrupted
from services.rendering.refusals import CannotPrint
from tests.paper import text_of
from tests.service.canary import SECRET, Canary, listening
from tests.service.canary_names import answering, chromium_that_asks_it
from tests.service.hostile_layouts import ATTEMPTS, HARMLESS, OWN_TEXT, Attempt, html_with, unchecked
from tests.service.rendering_world import FIELDS
from tests.waiting import eventually

QUIET_S = 0.1
HEADLESS_SHELL = "headless" in find_chromium().name


@asynccontextmanager
async def without_fences(executable: Path) -> AsyncIterator[Browser]:
    """What anybody's print script would start."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, chromium_sandbox=os.geteuid() != 0)
        yield browser
        await browser.close()


@asynccontextmanager
async def behind_fences(executable: Path) -> AsyncIterator[Printer]:
    """Behind the inner fences alone: the empty network around them would hide their holes."""
    chromium = Chromium(executable, Confinement(apart=False))
    await chromium.start()
    yield Printer(chromium)
    await chromium.stop()


@pytest.fixture(scope="module")
async def unfenced() -> AsyncIterator[Browser]:
    async with without_fences(find_chromium()) as browser:
        yield browser


@pytest.fixture(scope="module")
async def printer() -> AsyncIterator[Printer]:
    async with behind_fences(find_chromium()) as printer:
        yield printer


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    file = tmp_path / "secret.html"
    file.write_text(f"<!DOCTYPE html><p>{SECRET}</p>")
    # It is the fence that keeps it back, not the file's mode.
    for_everybody(file.parent)
    return file


def for_everybody(folder: Path) -> None:
    """The folder can be read by the user that Chromium runs as; pytest's own are private."""
    for private in (folder, *folder.parents[:2]):
        private.chmod(0o755)


def html_of(attempt: Attempt, url: str, secret_file: Path) -> str:
    return html_with(attempt.body.format(url=url, file=secret_file.as_uri()))


async def load_unfenced(page: Page, attempt: Attempt, html: str, canary: Canary, folder: Path) -> None:
    if attempt.at == "nowhere":
        await page.set_content(html, wait_until="commit")
    elif attempt.at == "server":
        canary.pages["/layout.html"] = html
        await page.goto(f"{canary.url}/layout.html", wait_until="commit")
    else:
        (folder / "layout.html").write_text(html)
        await page.goto((folder / "layout.html").as_uri(), wait_until="commit")
    if attempt.click:
        await page.click(attempt.click, no_wait_after=True)


def reached(attempt: Attempt, canary: Canary) -> bool:
    """The canary noticed the attempt, and not only that the test fetched the layout from it."""
    knocks = canary.knocks.copy()
    if "GET /layout.html" in knocks:
        knocks.remove("tcp")
        knocks.remove("GET /layout.html")
    if attempt.reaches == "a datagram":
        return "udp" in knocks
    return bool(knocks)


async def shows_the_secret(page: Page) -> bool:
    try:
        return SECRET in text_of(await page.pdf(page_ranges="1"))
    except Error:
        return False  # it is on its way to the foreign page just now


async def works_without_fences(browser: Browser, attempt: Attempt, secret_file: Path) -> None:
    async with listening() as canary:
        page = await browser.new_page()

        async def got_through() -> bool:
            return await shows_the_secret(page) if attempt.reaches == "the secret" else reached(attempt, canary)

        await load_unfenced(page, attempt, html_of(attempt, canary.url, secret_file), canary, secret_file.parent)
        if attempt.reaches == "nothing":
            await canary.stays_quiet(QUIET_S)
            assert not reached(attempt, canary) or not HEADLESS_SHELL
        else:
            await eventually(got_through, within=5, what="the attempt without fences")
        await page.close()


async def printed_text(printer: Printer, layout: FrozenLayout) -> str:
    """Its text, or nothing where it was refused."""
    try:
        return text_of(await printer.print(layout, FIELDS))
    except (CannotPrint, PrintInterrupted):
        return ""


async def only_the_test_knocked(canary: Canary) -> None:
    """The canary hears, and what it hears first is the test: everything before was silence."""
    await canary.knock()

    async def heard_both() -> bool:
        return {"tcp", "udp"} <= set(canary.knocks)

    await eventually(heard_both)
    assert sorted(canary.knocks) == ["tcp", "udp"]


@pytest.mark.parametrize("name", ATTEMPTS)
async def test_what_works_without_fences_reaches_nothing_here(
    name: str, unfenced: Browser, printer: Printer, secret_file: Path
) -> None:
    await works_without_fences(unfenced, ATTEMPTS[name], secret_file)
    async with listening() as canary:
        layout = unchecked(html_of(ATTEMPTS[name], canary.url, secret_file))
        # Twice: what the first print set off would come with the second.
        text = await printed_text(printer, layout) + await printed_text(printer, layout)
        assert SECRET not in text
        assert not text or OWN_TEXT in text
        assert OWN_TEXT in await printed_text(printer, HARMLESS)
        assert await canary.stays_quiet(QUIET_S)
        await only_the_test_knocked(canary)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may answer on port 53")
async def test_no_name_is_looked_up(tmp_path: Path) -> None:
    executable = chromium_that_asks_it(find_chromium(), tmp_path)
    for_everybody(tmp_path)
    html = "".join(
        html_of(ATTEMPTS[name], f"http://{index}.canary.example:8080", executable)
        for index, name in enumerate(("image", "stylesheet", "font", "iframe", "CSS url", "preconnect"))
    )
    async with answering() as names:

        async def asked() -> bool:
            return {f"{index}.canary.example" for index in range(5)} <= set(names.asked)

        async with without_fences(executable) as browser:
            await (await browser.new_page()).set_content(html, wait_until="commit")
            await eventually(asked)
        names.asked.clear()
        async with behind_fences(executable) as printer:
            await printed_text(printer, unchecked(html))
            assert OWN_TEXT in await printed_text(printer, HARMLESS)
        await names.ask("the-test.example")
        assert await names.first_asked() == "the-test.example"
