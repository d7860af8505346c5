"""The portal, running, with what its tests ask of it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette

from contracts.certificates import Issued
from contracts.portal import Published
from deploy.embedded.nats import NatsServer
from services.portal.app import build_app
from services.portal.settings import PortalSettings
from tests.conftest import TestDatabase
from tests.service.neighbours_families import PDF, Neighbours, keep_pdf, neighbours_of

PORTAL_URL = "http://portal.test"
_addresses = (f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in itertools.count(1))


@dataclass
class Portal:
    web: httpx.AsyncClient
    neighbours: Neighbours
    artefacts: Path
    app: Starlette
    transport: httpx.ASGITransport

    def is_elsewhere(self, address: str | None = None) -> None:
        """The browser asks from this address from now on, or from one that nobody has asked from before."""
        self.transport.client = (address or next(_addresses), 50_000)

    async def issue(self, event: Issued, pdf: bytes = PDF) -> str:
        """The certificate is issued, and its family's browser opens the link; the path of the family's pages."""
        return await self.enter(await self.link_of(event, pdf))

    async def enter(self, link: str) -> str:
        entered = await self.web.get(link)
        assert entered.status_code == 303
        return entered.headers["location"]

    async def link_of(self, event: Issued, pdf: bytes = PDF) -> str:
        """The certificate is rendered and issued; the path of the family's link, once the portal says it."""
        await keep_pdf(self.artefacts, event, pdf)
        before = len(await self.neighbours.heard(Published))
        await self.neighbours.says(event)
        said = await self.neighbours.hears(Published, before + 1)
        return urlsplit(said[-1].family_url).path

    async def share(self, certificate_path: str, showing: str = "full", lives: str = "month") -> str:
        """The path of a new share link."""
        page = await self.web.post(f"{certificate_path}/share", data={"showing": showing, "lives": lives})
        assert page.status_code == 201
        return "/share/" + page.text.split("/share/")[1].split('"')[0]


@asynccontextmanager
async def portal_running(
    server: NatsServer, database: TestDatabase, artefacts: Path, portal_url: str = PORTAL_URL
) -> AsyncIterator[Portal]:
    settings = PortalSettings(
        nats_url=server.url("portal"),
        postgres_url=database.url("portal"),
        artefacts_url=artefacts.as_uri(),
        portal_url=portal_url,
    )
    app = build_app(settings)
    transport = httpx.ASGITransport(app=app)
    async with (
        neighbours_of(server) as neighbours,
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=portal_url) as web,
    ):
        yield Portal(web, neighbours, artefacts, app, transport)
