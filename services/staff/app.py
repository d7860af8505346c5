"""The staff web, wired: the one place that knows which parts there are and which page is where."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from services.kit.broker import Bus
from services.kit.postgres import Database
from services.kit.service import build_service
from services.kit.telemetry import Metrics
from services.staff.accounts import Accounts
from services.staff.courier import Courier
from services.staff.gate import Gate
from services.staff.headers import SecurityHeaders
from services.staff.outage import show_outages
from services.staff.packs.packs import Packs
from services.staff.pages import (
    ad_hoc,
    attention,
    certificate,
    classes,
    home,
    marks,
    not_handed_out,
    pdf,
    pending,
    runs,
    student,
    students,
)
from services.staff.pages.pack import PackPages
from services.staff.pages.sign_in import Door
from services.staff.screens import Screens
from services.staff.sessions import Sessions
from services.staff.settings import StaffSettings

STATIC = Path(__file__).parent / "static"


def build_app(settings: StaffSettings) -> Starlette:
    metrics = Metrics()
    database = Database(settings.postgres_url, "staff")
    bus = Bus("staff", settings.nats_url, metrics)
    sessions = Sessions(database)
    screens = Screens()
    door = Door(Accounts(database), sessions, screens)
    courier = Courier(database, bus)
    packs = Packs()
    gate = Gate(sessions, bus, courier, screens, settings.outcome_patience_s)
    app = build_service(
        metrics,
        parts=[database, bus, courier, packs],
        routes=[
            Mount("/static", StaticFiles(directory=STATIC)),
            *door.routes(),
            *pages(gate),
            *papers(gate, packs),
            gate.nothing_else(),
        ],
        middleware=[Middleware(SecurityHeaders)],
    )
    show_outages(app, screens)
    return app


def pages(gate: Gate) -> list[BaseRoute]:
    """Every page behind the sign-in, and what its forms do."""
    return [
        gate.shows("/", home.show),
        gate.shows("/pending", pending.show),
        gate.acts("/pending", pending.start),
        gate.shows("/runs", runs.show_all),
        gate.shows("/runs/{run_id}", runs.show),
        gate.shows("/students", students.show),
        gate.acts("/students", students.search),
        gate.shows("/students/{student_id}", student.show),
        gate.shows("/students/{student_id}/ad-hoc", ad_hoc.show),
        gate.acts("/students/{student_id}/ad-hoc", ad_hoc.process),
        gate.shows("/certificates/{certificate_id}", certificate.show),
        gate.acts("/certificates/{certificate_id}/correction", certificate.correct),
        gate.acts("/certificates/{certificate_id}/withdrawal", certificate.withdraw),
        gate.shows("/certificates/{certificate_id}/{version:int}.pdf", pdf.view),
        gate.shows("/attention", attention.show),
        gate.acts("/attention/certificates", attention.print_again),
        gate.acts("/attention/mails", attention.mail_again),
        gate.shows("/attention/messages/{letter_id:int}", attention.message),
        gate.acts("/attention/messages/{letter_id:int}/retry", attention.send_again),
        gate.acts("/attention/messages/{letter_id:int}/drop", attention.drop),
        gate.shows("/classes", classes.show),
        gate.shows("/class", marks.show),
        gate.acts("/class", marks.save),
    ]


def papers(gate: Gate, packs: Packs) -> list[BaseRoute]:
    """What is printed, and handed out."""
    pack = PackPages(packs)
    return [
        gate.shows("/runs/{run_id}/pack", pack.show),
        gate.acts("/runs/{run_id}/pack", pack.save),
        gate.shows("/runs/{run_id}/pack.pdf", pack.open),
        gate.shows("/not-handed-out", not_handed_out.show),
        gate.acts("/not-handed-out", not_handed_out.save),
    ]
