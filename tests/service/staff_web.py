"""The staff web under test, with its neighbours played, and a browser without script that is signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from starlette.applications import Starlette

from deploy.embedded.nats import NatsServer
from services.staff.app import build_app
from services.staff.people import put_account
from services.staff.roles import MANAGER, Role
from services.staff.settings import StaffSettings
from tests.conftest import TestDatabase
from tests.running import running
from tests.school import SCHOOL_ID
from tests.service.html_forms import Form, form
from tests.service.neighbours import Neighbours, neighbours
from tests.service.staff_records import settle_in

PASSWORD = "kahikatea-42"


class Browser:
    """What a person does: open a page, fill in its form, press its button."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def open(self, address: str, status: int = 200) -> str:
        """The page's HTML, once its redirects are followed."""
        answer = await self.client.get(address, follow_redirects=True)
        assert answer.status_code == status, answer.text
        return answer.text

    async def press(self, filled: Form, address: str, **changes: str | list[str] | None) -> httpx.Response:
        """Send the form, with these fields changed (None: not sent). Redirects are not followed."""
        fields: dict[str, str | list[str]] = {**filled.fields}
        for name, value in changes.items():
            if value is None:
                fields.pop(name, None)
            else:
                fields[name] = value
        return await self.client.post(address, data=fields)

    async def sign_in(self, username: str = "rangi", password: str = PASSWORD) -> httpx.Response:
        page = form(await self.open("/sign-in"), "password")
        return await self.press(page, "/sign-in", username=username, password=password)


class StaffWeb:
    def __init__(self, app: Starlette, browser: Browser, neighbours: Neighbours) -> None:
        self.app = app
        self.browser = browser
        self.neighbours = neighbours


def settings(database: TestDatabase, server: NatsServer, **more: Any) -> StaffSettings:
    return StaffSettings(nats_url=server.url("staff"), postgres_url=database.url("staff"), **more)


async def put_rangi(
    database: TestDatabase, school_id: str = SCHOOL_ID, username: str = "rangi", role: Role = MANAGER
) -> None:
    await put_account(
        database.url("staff"),
        school_id=school_id,
        username=username,
        display_name="Rangi Patel",
        password=PASSWORD,
        role=role,
    )


@asynccontextmanager
async def staff_web(database: TestDatabase, server: NatsServer, *playing: str, **more: Any) -> AsyncIterator[StaffWeb]:
    """Rangi Patel, signed in at the school that `staff_school` tells of; `playing`: not all neighbours are there.

    `more`: settings.
    """
    await put_rangi(database)
    app = build_app(settings(database, server, **more))
    async with neighbours(server, *playing) as known, running(app) as client:
        settle_in(known)
        browser = Browser(client)
        await browser.sign_in()
        yield StaffWeb(app, browser, known)
