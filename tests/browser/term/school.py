"""A school on the last day of term: the whole stack, its three kinds of people, and a family that the walk is about."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, Locator, Page, expect
from starlette.routing import compile_path

from deploy.addresses import Addresses
from deploy.endpoints import Endpoints
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from services.rendering.layouts import draft_of, publish_draft
from services.rendering.layouts.trial import QUICKEST
from services.staff.roles import Role
from tests.browser.screens import SCREENS, Shown
from tests.service.staff_roles import NEEDS, OPEN_TO_ALL, Place
from tests.system.households import Household

LAYOUTS = Path(__file__).parents[2] / "drills" / "layouts"
NOT_OF_PEOPLE = {
    ("GET", "/{rest:path}"),
    ("POST", "/{rest:path}"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
}
ACTIONS = [place for place in (*NEEDS, *OPEN_TO_ALL) if place not in NOT_OF_PEOPLE]
"""What the walks through the console have to come to: every page that there is, and every button."""


@dataclass
class Term:
    addresses: Addresses
    endpoints: Endpoints
    household: Household
    chromium: Browser
    pictures: Path
    screen: str
    driven: set[Place]
    """What was asked for so far, by all walks on this screen."""
    names: dict[str, str] = field(default_factory=dict)
    """The children by given name: their student ids."""

    @property
    def family_name(self) -> str:
        return "Ngāta"

    async def child(self, given_name: str, level_id: str | None = None) -> str:
        """Another child of the household, in its class, who begins its first level."""
        student_id = await self.household.add_student(given_name, self.family_name, level_id)
        self.names[given_name] = student_id
        return student_id

    async def ready(self, *given_names: str) -> list[str]:
        """Children who have completed the first level; their student ids."""
        students = [await self.child(name) for name in given_names]
        for student_id in students:
            await self.household.complete(student_id)
        return students

    async def cramped_level(self) -> str:
        """A level of the household's own on a layout that has too little room for long names; its id."""
        await self.publish("cramped")
        level_id = f"cramped-{self.household.key}"
        await self.household.level(level_id, f"Cramped {self.household.key}", 102, layout_id=level_id)
        return level_id

    async def publish(self, folder: str) -> None:
        """As the next version of the layout of `cramped_level`."""
        layout_id = f"cramped-{self.household.key}"
        bus = Bus("rendering", self.addresses.nats("rendering"), Metrics())
        await bus.start()
        try:
            draft = draft_of(LAYOUTS / folder, layout_id).model_copy(update=QUICKEST)
            await publish_draft(Artefacts(self.addresses.artefacts), bus, self.addresses.school_id, layout_id, draft)
        finally:
            await bus.stop()

    def signed_in(self, role: Role, *, script: bool = True) -> AbstractAsyncContextManager[Office]:
        """Somebody of this role in a browser of their own, who sees nothing go wrong in it."""
        return self.somebody(str(role), self.endpoints.staff_password, script=script)

    @asynccontextmanager
    async def somebody(self, username: str, password: str, *, script: bool = True) -> AsyncIterator[Office]:
        context = await self.chromium.new_context(
            viewport=SCREENS[self.screen], java_script_enabled=script, accept_downloads=True
        )
        context.set_default_timeout(30_000)
        context.on("request", lambda request: self._saw(request.method, request.url))
        page = await context.new_page()
        # A link that downloads tells of no request.
        page.on("download", lambda download: self._saw("GET", download.url))
        office = Office(page, self.pictures, self.screen, self)
        await office.enter(username, password)
        try:
            yield office
            assert office.wrong() == []
        finally:
            await context.close()

    def _saw(self, method: str, url: str) -> None:
        if url.startswith(self.endpoints.staff):
            self.driven.update(_places(method, urlsplit(url).path)[:1])


def _places(method: str, path: str) -> list[Place]:
    """Those that the path can mean; the first is meant, as the app looks in the same order."""
    return [place for place in ACTIONS if place[0] == method and compile_path(place[1])[0].fullmatch(path)]


class Office(Shown):
    """Somebody before the console."""

    def __init__(self, page: Page, folder: Path, screen: str, term: Term) -> None:
        super().__init__(page, folder, screen)
        self.term = term
        self.main = page.get_by_role("main")

    async def enter(self, username: str, password: str) -> None:
        await self.page.goto(self.term.endpoints.staff)
        await self.page.get_by_label("Username").fill(username)
        await self.page.get_by_label("Password", exact=True).fill(password)
        await self.page.get_by_role("button", name="Sign in").click()

    async def goes(self, *links: str) -> None:
        """By the links of these names, one after the other; the last page's scripts run by then."""
        for name in links:
            await self.page.get_by_role("link", name=name, exact=True).first.click()
        await self.page.wait_for_load_state()

    async def opens(self, address: str) -> None:
        await self.page.goto(self.term.endpoints.staff + address)

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def sees(self, *words: str | re.Pattern[str]) -> None:
        for each in words:
            await expect(self.main.get_by_text(each).filter(visible=True).first).to_be_visible()

    async def looks(self, name: str, *words: str | re.Pattern[str], whole: bool = True) -> None:
        """These words are there; and a picture of it, of this walk."""
        await self.sees(*words)
        await self.picture(f"term-{name}", whole=whole)

    def region(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=name, exact=True)

    def row(self, words: str) -> Locator:
        """A row of a table; on a phone it is a card, with the same words."""
        return self.page.locator("tr").filter(has_text=words)

    def wrong(self) -> list[str]:
        """What the browser complained of, but for the answers that a walk means to get."""
        return [said for said in self.complaints if not re.search(r"status of (404|422|409|403)", said)]
