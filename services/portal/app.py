"""The portal, wired."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware

from contracts.catalogue import PUBLISHED
from contracts.topology import PORTAL_CERTIFICATES
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus, Consumers
from services.kit.outbox import Relay
from services.kit.postgres import Database
from services.kit.service import build_service
from services.kit.telemetry import Metrics
from services.portal.answers import Answers
from services.portal.guessing import Guessing
from services.portal.handlers import Handlers
from services.portal.pages.entrance import Door, Entrance
from services.portal.pages.family import FamilyPages
from services.portal.pages.shared import SharedPages
from services.portal.pages.verification import VerificationPage
from services.portal.pages.views import Views
from services.portal.pdfs import Pdfs
from services.portal.settings import PortalSettings
from services.portal.store import Store
from services.portal.web import Shell, routes_around

WORKERS = 8
"""Events side by side: their order does not matter here."""


def build_app(settings: PortalSettings) -> Starlette:
    metrics = Metrics()
    database = Database(settings.postgres_url, "portal")
    bus = Bus("portal", settings.nats_url, metrics)
    artefacts = Artefacts(settings.artefacts_url)
    relay = Relay(database, bus)
    store = Store(database)
    portal_url = settings.portal_url.rstrip("/")

    pdfs = Pdfs(artefacts, bus)
    handlers = Handlers(database, store, pdfs, relay, portal_url)
    bus.consume(PORTAL_CERTIFICATES, handlers.handle, workers=WORKERS)

    bus.answer(PUBLISHED, Answers(store).published)

    views = Views(portal_url, pdfs)
    pages = (
        FamilyPages(store, Door(store), views),
        Entrance(store, views),
        SharedPages(store, views),
        VerificationPage(store, views),
    )
    return build_service(
        metrics,
        parts=[database, bus, relay, artefacts, Consumers(bus)],
        routes=routes_around([route for page in pages for route in page.routes()], views),
        middleware=[Middleware(Shell, views=views), Middleware(Guessing, views=views)],
    )
