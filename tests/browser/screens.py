"""What every test in a browser does: sign in, go by Tab, and look at a page as its users will see it."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, ViewportSize, expect

from tests.service.staff_web import PASSWORD
from tests.waiting import eventually

SCREENS = {"desk": ViewportSize(width=1280, height=800), "phone": ViewportSize(width=390, height=844)}

PICTURES_LOADED = """() => {
    const late = new Promise((resolve) => setTimeout(resolve, 10000));
    const loaded = [...document.images].map((image) => {
        image.loading = "eager";
        return image.decode().catch(() => {});
    });
    return Promise.race([late, Promise.all(loaded)]);
}"""
"""Those too that nobody has scrolled to."""

at_a_desk_and_on_a_phone = pytest.mark.parametrize("screen", list(SCREENS))
"""A whole walk, on both."""


class Shown:
    """A page on one of the screens. `folder`: where its pictures are kept, as artefacts of the run."""

    def __init__(self, page: Page, folder: Path, screen: str) -> None:
        self.page = page
        self._folder = folder
        self._screen = screen
        self.complaints: list[str] = []
        """What the browser found wrong: script that failed, or what the content policy forbids."""
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def picture(self, name: str, *, whole: bool = True) -> None:
        """Keep one, of the whole page or of what the screen shows; see that it fits and shuts nobody out."""
        await self.page.evaluate(PICTURES_LOADED)
        file = self._folder / f"{name}-{self._screen}.png"
        # What moves is brought to its end, which is what has to be readable.
        await self.page.screenshot(path=file, full_page=whole, animations="disabled")
        too_wide = await self.page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
        assert not too_wide, f"{name} is wider than a {self._screen}'s screen"
        looked = await Axe().run(self.page)
        assert looked.violations_count == 0, f"{name}, {self._screen}: {looked.generate_report()}"


async def sign_in(page: Page, url: str) -> None:
    """As Rangi, who manages; on the page of pending progressions afterwards."""
    await page.goto(url)
    await expect(page.get_by_label("Username")).to_be_focused()
    await page.keyboard.type("rangi")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{url}/")
    await page.goto(f"{url}/pending")


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until the thing of this name has the focus."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        focused = await page.evaluate(
            "() => document.activeElement.getAttribute('aria-label') || document.activeElement.textContent.trim()"
        )
        if focused == name:
            return
    raise AssertionError(f"Tab never reaches {name!r}")


async def take_back(celebration: Locator) -> None:
    """A celebration is, pressed until it counts: right after it came up, a thumb may have been on its way elsewhere."""

    async def gone() -> bool:
        if await celebration.is_visible():
            await celebration.get_by_role("button", name="Take back").click()
        return await celebration.is_hidden()

    await eventually(gone)
