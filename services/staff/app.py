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
    layouts,
    levels,
    marks,
    pdf,
    pending,
    runs,
    student,
    students,
)
from services.staff.pages.importing import Importing, current_file, template_file
from services.staff.pages.sign_in import Door
from services.staff.screens import Screens
from services.staff.sessions import Sessions
from services.staff.settings import StaffSettings
from services.staff.uploads import Uploads

STATIC = Path(__file__).parent / "static"


def build_app(settings: StaffSettings) -> Starlette:
    metrics = Metrics()
    database = Database(settings.postgres_url, "staff")
    bus = Bus("staff", settings.nats_url, metrics)
    sessions = Sessions(database)
    screens = Screens()
    door = Door(Accounts(database), sessions, screens)
    courier = Courier(database, bus)
    uploads = Uploads(database)
    gate = Gate(sessions, bus, courier, screens, settings.outcome_patience_s)
    app = build_service(
        metrics,
        parts=[database, bus, courier, uploads],
        routes=[Mount("/static", StaticFiles(directory=STATIC)), *door.routes(), *pages(gate, uploads)],
        middleware=[Middleware(SecurityHeaders)],
    )
    show_outages(app, screens)
    return app


def pages(gate: Gate, uploads: Uploads) -> list[BaseRoute]:
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
        *roster_pages(gate, Importing(uploads)),
        gate.nothing_else(),
    ]


def roster_pages(gate: Gate, importing: Importing) -> list[BaseRoute]:
    """Who is at the school, what they learn, and what their certificates look like."""
    return [
        gate.shows("/import", importing.show),
        gate.acts("/import", importing.check),
        gate.shows("/import/{kind}-template.csv", template_file),
        gate.shows("/import/{kind}.csv", current_file),
        gate.shows("/import/{upload_id:uuid}", importing.review),
        gate.acts("/import/{upload_id:uuid}", importing.act),
        gate.shows("/levels", levels.show_all),
        gate.acts("/levels", levels.move),
        gate.shows("/levels/new", levels.show_new),
        gate.acts("/levels/new", levels.save_new),
        gate.shows("/levels/{level_id}", levels.show),
        gate.acts("/levels/{level_id}", levels.save),
        gate.shows("/layouts", layouts.show_all),
        gate.acts("/layouts", layouts.upload),
        gate.shows("/layouts/{layout_id}", layouts.show),
        gate.shows("/layouts/{layout_id}/{version:int}/{texts}.png", layouts.picture),
    ]
