"""One Chromium, kept alive: found, fenced in, launched, and launched again when it died."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Error, Page, Playwright, async_playwright

from services.kit.delivery import Transient
from services.kit.telemetry import get_logger

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")

# No single fence holds (a proxy misses WebRTC, resolver rules miss addresses, CSP misses a refresh), so all stand:
# these, JavaScript switched off, and the content policy that every page begins with.
FENCES = (
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-extensions",
    # The same glyph positions on every machine.
    "--font-render-hinting=none",
)

# Nobody looks at the screen: a small one saves a third of the time of a print.
VIEWPORT = {"width": 64, "height": 64}
LAUNCH_TIMEOUT_S = 30.0
CLOSE_TIMEOUT_S = 5.0


class ChromiumMissing(Exception):
    """The text says in one line how to get it."""


class BrowserGone(Transient):
    """The browser cannot be used just now; it will be launched again."""


def find_chromium(configured: Path | str | None = None) -> Path:
    """The executable to print with: the configured one, one on the PATH, or Playwright's own."""
    if configured:
        if Path(configured).is_file():
            return Path(configured)
        raise ChromiumMissing(f"LAUREL_CHROMIUM={configured} is no file: correct it, or unset it to search for one")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return Path(found)
    for executable in _of_playwright():
        return executable
    raise ChromiumMissing(
        "Chromium is missing: run `playwright install chromium-headless-shell`, install a system package"
        " such as `chromium-headless-shell`, or set LAUREL_CHROMIUM to its executable"
    )


def _of_playwright() -> list[Path]:
    """The browsers that `playwright install` fetched; the headless shell and the newest first."""
    places = (Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright")
    chosen = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    patterns = ("chromium_headless_shell-*/*/*headless[-_]shell", "chromium-*/*/chrome")
    return [
        executable
        for pattern in patterns
        for place in ((Path(chosen),) if chosen else places)
        for executable in sorted(place.glob(pattern), reverse=True)
        if os.access(executable, os.X_OK)
    ]


class Chromium:
    """A part of the service: one browser with one fenced context, in which all pages live."""

    name = "chromium"

    def __init__(self, executable: Path) -> None:
        self._executable = executable
        self._launching = asyncio.Lock()
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._context: BrowserContext | None = None

    async def start(self) -> None:
        await self._living_context()

    async def stop(self) -> None:
        async with self._launching:
            await self._close()

    async def ready(self) -> bool:
        """Asking revives a browser that died."""
        await self._living_context()
        return True

    async def new_page(self) -> Page:
        """An empty page. BrowserGone when the browser died this moment or cannot be launched."""
        try:
            context = await self._living_context()
            return await context.new_page()
        except Error as error:
            # The driver may have died with the browser, which no flag tells: begin anew.
            self._context = None
            raise BrowserGone(f"Chromium opens no page: {error.message}") from error

    async def _living_context(self) -> BrowserContext:
        async with self._launching:
            if self._context is None or self._browser is None or not self._browser.is_connected():
                await self._close()
                self._context = await self._launch()
            return self._context

    async def _launch(self) -> BrowserContext:
        self._playwright = await async_playwright().start()
        self._browser = await self._playwright.chromium.launch(
            executable_path=self._executable,
            args=list(FENCES),
            # Chromium's own sandbox cannot work for root, and costs everybody else nothing.
            chromium_sandbox=os.geteuid() != 0,
            timeout=LAUNCH_TIMEOUT_S * 1000,
            # Signals are for the service, which finishes what is in hand before it lets the browser go.
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )
        get_logger().info("chromium_launched", version=self._browser.version)
        return await self._browser.new_context(
            java_script_enabled=False,
            service_workers="block",
            accept_downloads=False,
            offline=True,
            viewport={"width": VIEWPORT["width"], "height": VIEWPORT["height"]},
        )

    async def _close(self) -> None:
        """Let go of what there is; what died already cannot be closed, and need not be."""
        browser, playwright = self._browser, self._playwright
        self._context = self._browser = self._playwright = None
        with contextlib.suppress(Error, TimeoutError):
            if browser is not None:
                await asyncio.wait_for(browser.close(), CLOSE_TIMEOUT_S)
        with contextlib.suppress(Error, TimeoutError):
            if playwright is not None:
                await asyncio.wait_for(playwright.stop(), CLOSE_TIMEOUT_S)
