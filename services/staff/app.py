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
from services.staff.pages import (
    ad_hoc,
    attention,
    certificate,
    classes,
    home,
    marks,
    pdf,
    pending,
    run_actions,
    runs,
    student,
    students,
)
from services.staff.pages.confirm import Confirm
from services.staff.pages.run_events import RunEvents
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
    gate = Gate(sessions, bus, courier, screens, settings.outcome_patience_s)
    of_runs = run_pages(gate, Confirm(settings.undo_s), RunEvents(bus))
    app = build_service(
        metrics,
        parts=[database, bus, courier],
        routes=[Mount("/static", StaticFiles(directory=STATIC)), *door.routes(), *of_runs, *pages(gate)],
        middleware=[Middleware(SecurityHeaders)],
    )
    show_outages(app, screens)
    return app


def run_pages(gate: Gate, confirm: Confirm, events: RunEvents) -> list[BaseRoute]:
    """From the press on the pending page to the end of a run."""
    return [
        gate.acts("/pending", confirm.ask),
        gate.acts("/runs", confirm.start),
        gate.shows("/runs", runs.show_all),
        gate.shows("/runs/{run_id}", runs.show),
        gate.shows("/runs/{run_id}/events", events.stream),
        gate.acts("/runs/{run_id}/undo", run_actions.undo),
        gate.acts("/runs/{run_id}/cancel", run_actions.cancel),
        gate.acts("/runs/{run_id}/retry", run_actions.retry_failed),
    ]


def pages(gate: Gate) -> list[BaseRoute]:
    """Every page behind the sign-in, and what its forms do."""
    return [
        gate.shows("/", home.show),
        gate.shows("/pending", pending.show),
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
        gate.nothing_else(),
    ]
