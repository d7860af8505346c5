"""The portal, wired."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware

from contracts.catalogue import FAMILY_LINK, HELD_BY_PORTAL, OPEN_CORRECTIONS, PUBLISHED
from contracts.topology import PORTAL_CERTIFICATES, PORTAL_CORRECTIONS
from services.kit.addresses import keep_numbers_short
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus, Consumers
from services.kit.holdings import held_of
from services.kit.outbox import Relay
from services.kit.postgres import Database
from services.kit.service import build_service
from services.kit.telemetry import Metrics
from services.kit.watching import Watching, durables_of, outbox_of
from services.portal.answers import Answers
from services.portal.asked_names import AskedNames
from services.portal.copies import Copies
from services.portal.guessing import Guessing
from services.portal.handlers import Handlers
from services.portal.holdings import HOLDINGS
from services.portal.pages.entrance import Door, Entrance
from services.portal.pages.family import FamilyPages
from services.portal.pages.files import Files
from services.portal.pages.links import LinkPages
from services.portal.pages.preferences import PreferencesPages
from services.portal.pages.shared import SharedPages
from services.portal.pages.unsubscribing import UnsubscribePages
from services.portal.pages.verification import VerificationPage
from services.portal.pages.views import Views
from services.portal.pdfs import Pdfs
from services.portal.pictures import Pictures
from services.portal.prints import Prints
from services.portal.settings import PortalSettings
from services.portal.shares import Shares
from services.portal.sharing_by_family import Sharing
from services.portal.store import Store
from services.portal.view_counts import ViewCounts
from services.portal.web import Shell, routes_around
from services.portal.wishes import Wishes

WORKERS = 8
"""Events side by side: their order does not matter here."""


def build_app(settings: PortalSettings) -> Starlette:
    keep_numbers_short()
    metrics = Metrics()
    database = Database(settings.postgres_url, "portal", stateless=True)
    bus = Bus("portal", settings.nats_url, metrics, settings.nats_ca_file)
    artefacts = Artefacts(settings.artefacts_url)
    relay = Relay(database, bus)
    store = Store(database)
    portal_url = settings.portal_url.rstrip("/")

    pdfs = Pdfs(artefacts, bus)
    handlers = Handlers(database, store, pdfs, relay, portal_url)
    bus.consume(PORTAL_CERTIFICATES, handlers.handle, workers=WORKERS)

    names = AskedNames(database, relay)
    bus.consume(PORTAL_CORRECTIONS, names.answered)

    answers = Answers(store, portal_url)
    bus.answer(PUBLISHED, answers.published)
    bus.answer(FAMILY_LINK, answers.family_link)
    bus.answer(HELD_BY_PORTAL, lambda school_id, asked: held_of(database, school_id, HOLDINGS, asked))
    bus.answer(OPEN_CORRECTIONS, names.waiting)

    views, door, wishes = Views(portal_url), Door(store), Wishes(database, relay)
    shares, prints, pictures = Shares(database), Prints(bus), Pictures(artefacts, bus)
    copies = Copies(shares, prints, pdfs, pictures, bus)
    counts = ViewCounts(shares)
    files = Files(copies, pictures, views)
    # The most asked for first: a path is compared with one route after the other.
    pages = (
        SharedPages(shares, copies, files, counts, views),
        FamilyPages(store, door, Sharing(shares, copies, prints, counts), names, files, views),
        PreferencesPages(store, door, wishes, bus, views),
        LinkPages(wishes, views),
        UnsubscribePages(wishes, views),
        Entrance(store, views),
        VerificationPage(store, views),
    )
    watching = Watching(durables_of(bus), outbox_of(database, bus))
    return build_service(
        metrics,
        parts=[database, bus, relay, artefacts, counts, Consumers(bus), watching],
        routes=routes_around([route for page in pages for route in page.routes()], views),
        middleware=[Middleware(Shell, views=views), Middleware(Guessing, views=views)],
    )
