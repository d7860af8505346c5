"""One Chromium, kept alive: launched, watched, and launched again when it died."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.async_api import Browser, BrowserContext, Error, Page, Playwright, async_playwright

from services.kit.delivery import Transient
from services.kit.telemetry import get_logger
from services.rendering.chromium.confinement import ChromiumNotShutIn, Confinement
from services.rendering.chromium.fences import fenced_context
from services.rendering.chromium.processes import Processes
from services.rendering.chromium.watch import Bounds, Watch

CLOSE_TIMEOUT_S = 5.0


class BrowserGone(Transient):
    """The browser cannot be used just now; it will be launched again."""


@dataclass(frozen=True, slots=True)
class _Launched:
    browser: Browser
    context: BrowserContext
    processes: Processes
    watch: Watch
    watching: asyncio.Task[None]


class Chromium:
    """A part of the service: one browser with one fenced context, in which all pages live."""

    name = "chromium"

    def __init__(self, executable: Path, confinement: Confinement | None = None, bounds: Bounds | None = None) -> None:
        self._executable = executable
        self._confinement = confinement or Confinement()
        self._bounds = bounds or Bounds()
        self._changing = asyncio.Lock()
        self._driver: Playwright | None = None
        self._launched: _Launched | None = None
        self._crashed: set[Page] = set()

    async def start(self) -> None:
        """ChromiumNotShutIn where this machine does not let it be."""
        try:
            await self._living()
        except ChromiumNotShutIn as impossible:
            get_logger().error("chromium_not_shut_in", reason=str(impossible))
            raise

    async def stop(self) -> None:
        async with self._changing:
            await self._close()
            await self._let_driver_go()

    async def ready(self) -> bool:
        """Healthy. Asking revives a browser that died; one that hangs is found and killed without being asked."""
        await self._living()
        return True

    async def new_page(self) -> Page:
        """An empty page. BrowserGone when the browser died this moment or cannot be launched."""
        try:
            page = await self._page_of_living()
        except Error as error:
            raise BrowserGone(f"Chromium opens no page: {error.message.splitlines()[0]}") from error
        page.once("crash", self._remember_crash)
        return page

    def holds(self, page: Page) -> bool:
        """The page can still be used: it is open, and neither its process nor the browser nor the driver died."""
        launched = self._launched
        alive = launched is not None and self._lives(launched) and page.context == launched.context
        return alive and not page.is_closed() and page not in self._crashed

    @property
    def over_memory(self) -> bool:
        """More than it may keep: whoever has done with a page should close it instead of keeping it."""
        return self._launched is not None and self._launched.watch.over_memory

    @property
    def processes(self) -> Processes:
        """Of the browser as it runs now. BrowserGone when it does not."""
        if self._launched is None:
            raise BrowserGone("Chromium is not running")
        return self._launched.processes

    def _remember_crash(self, page: Page) -> None:
        self._crashed.add(page)

    async def _page_of_living(self) -> Page:
        launched = await self._living()
        try:
            return await launched.context.new_page()
        except Error:
            # It died a moment ago, and is the last to know.
            return await (await self._living(not_this=launched)).context.new_page()

    async def _living(self, not_this: _Launched | None = None) -> _Launched:
        async with self._changing:
            if (
                self._launched is None
                or self._launched is not_this
                or not self._lives(self._launched)
                or self._is_worn(self._launched)
            ):
                await self._close()
                self._launched = await self._launch()
            return self._launched

    def _lives(self, launched: _Launched) -> bool:
        return launched.browser.is_connected() and launched.processes.driver_lives()

    def _is_worn(self, launched: _Launched) -> bool:
        """Without a page, what it still holds is of no use, and nobody misses it."""
        return launched.watch.over_memory and not launched.context.pages

    async def _launch(self) -> _Launched:
        try:
            if self._driver is None:
                self._driver = await async_playwright().start()
            browser = await self._confinement.launch(self._driver, self._executable)
            devtools = await browser.new_browser_cdp_session()
            processes = await Processes.of(devtools)
            context = await fenced_context(browser)
        except psutil.NoSuchProcess as error:
            await self._let_driver_go()
            raise BrowserGone("Chromium died as soon as it was launched") from error
        except BaseException:
            await self._let_driver_go()
            raise
        watch = Watch(devtools, processes, self._bounds)
        get_logger().info("chromium_launched", version=browser.version, apart_from_network=processes.are_apart())
        return _Launched(browser, context, processes, watch, asyncio.create_task(watch.run(), name="watch-chromium"))

    async def _close(self) -> None:
        """Let go of what there is; what died already cannot be closed, and need not be."""
        launched, self._launched = self._launched, None
        self._crashed.clear()
        if launched is None:
            return
        launched.watching.cancel()
        with contextlib.suppress(Error, TimeoutError):
            await asyncio.wait_for(launched.browser.close(), CLOSE_TIMEOUT_S)
        launched.processes.kill()
        # Beginning with a living driver is five times as fast.
        if not launched.processes.driver_lives():
            await self._let_driver_go()

    async def _let_driver_go(self) -> None:
        driver, self._driver = self._driver, None
        with contextlib.suppress(Error, TimeoutError):
            if driver is not None:
                await asyncio.wait_for(driver.stop(), CLOSE_TIMEOUT_S)
