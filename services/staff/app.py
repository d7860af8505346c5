"""The staff web, wired: the one place that knows which parts there are and which page is where."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from services.kit.addresses import keep_numbers_short
from services.kit.broker import Bus
from services.kit.postgres import Database
from services.kit.service import build_service
from services.kit.telemetry import Metrics
from services.staff.accounts import Accounts
from services.staff.courier import Courier
from services.staff.event_stream import Openings
from services.staff.gate import FIRST_OF_ALL, Gate
from services.staff.headers import SecurityHeaders
from services.staff.outage import show_outages
from services.staff.packs.packs import Packs
from services.staff.pages import (
    ad_hoc,
    attention,
    audit,
    certificate,
    classes,
    emails,
    erasures,
    family_export,
    home,
    layouts,
    levels,
    mails,
    marks,
    names,
    not_handed_out,
    pdf,
    pending,
    proofs,
    run_actions,
    runs,
    student,
    students,
    touched,
    webhooks,
)
from services.staff.pages.confirm import Confirm
from services.staff.pages.importing import Importing, current_file, template_file
from services.staff.pages.own_password import OwnPassword
from services.staff.pages.pack import PackPages
from services.staff.pages.people import PeoplePages
from services.staff.pages.run_events import RunEvents
from services.staff.pages.school_events import SchoolEvents
from services.staff.pages.sign_in import Door
from services.staff.passwords import Passwords
from services.staff.people import People
from services.staff.roles import MANAGER, OFFICE, TEACHER
from services.staff.screens import Screens
from services.staff.sessions import Sessions
from services.staff.settings import StaffSettings
from services.staff.uploads import Uploads

STATIC = Path(__file__).parent / "static"


def build_app(settings: StaffSettings) -> Starlette:
    keep_numbers_short()
    metrics = Metrics()
    database = Database(settings.postgres_url, "staff")
    bus = Bus("staff", settings.nats_url, metrics, settings.nats_ca_file)
    sessions = Sessions(database, idle_s=settings.session_idle_minutes * 60, lasts_s=settings.session_hours * 3600)
    passwords = Passwords()
    accounts, people = Accounts(database, passwords), People(database, passwords)
    screens = Screens()
    door = Door(accounts, sessions, screens)
    courier = Courier(database, bus)
    packs, uploads, openings = Packs(), Uploads(database), Openings()
    gate = Gate(sessions, people, bus, courier, screens, settings.outcome_patience_s)
    app = build_service(
        metrics,
        parts=[database, bus, courier, packs, uploads],
        routes=[
            Mount("/static", StaticFiles(directory=STATIC)),
            *door.routes(),
            *own_pages(gate, OwnPassword(accounts, sessions)),
            *people_pages(gate, PeoplePages(people)),
            *pages(gate),
            *run_pages(gate, Confirm(settings.undo_s), RunEvents(bus, openings)),
            gate.shows("/events", SchoolEvents(bus, openings).stream, OFFICE),
            *papers(gate, packs),
            *roster_pages(gate, Importing(uploads)),
            *email_pages(gate),
            *webhook_pages(gate),
            *privacy_pages(gate, erasures.Erasing(packs, uploads)),
            gate.nothing_else(),
        ],
        middleware=[Middleware(SecurityHeaders)],
    )
    show_outages(app, screens)
    return app


def run_pages(gate: Gate, confirm: Confirm, events: RunEvents) -> list[BaseRoute]:
    """From the press on the pending page to the end of a run."""
    return [
        gate.acts("/pending", confirm.ask, OFFICE),
        gate.acts("/runs", confirm.start, OFFICE),
        gate.shows("/runs", runs.show_all, OFFICE),
        gate.shows("/runs/{run_id}", runs.show, OFFICE),
        gate.shows("/runs/{run_id}/events", events.stream, OFFICE),
        gate.acts("/runs/{run_id}/undo", run_actions.undo, OFFICE),
        gate.acts("/runs/{run_id}/cancel", run_actions.cancel, OFFICE),
        gate.acts("/runs/{run_id}/retry", run_actions.retry_failed, OFFICE),
    ]


def pages(gate: Gate) -> list[BaseRoute]:
    """Every page about the school, and what its forms do; each with the role that it needs."""
    return [
        gate.shows("/", home.show, TEACHER),
        gate.shows("/pending", pending.show, OFFICE),
        gate.shows("/pending/{progression_id}/name", names.show, OFFICE),
        gate.acts("/pending/{progression_id}/name", names.save, OFFICE),
        gate.shows("/pending/{progression_id}/preview", proofs.show, OFFICE),
        gate.shows("/pending/{progression_id}/picture.jpg", proofs.picture, OFFICE),
        gate.acts("/pending/{progression_id}/picture.jpg", proofs.picture, OFFICE),
        gate.shows("/students", students.show, TEACHER),
        gate.acts("/students", students.search, TEACHER),
        gate.shows("/students/{student_id}", student.show, TEACHER),
        gate.shows("/students/{student_id}/ad-hoc", ad_hoc.show, OFFICE),
        gate.acts("/students/{student_id}/ad-hoc", ad_hoc.process, OFFICE),
        gate.shows("/certificates/{certificate_id}", certificate.show, TEACHER),
        gate.acts("/certificates/{certificate_id}/correction", certificate.correct, MANAGER),
        gate.acts("/certificates/{certificate_id}/correction/decline", certificate.decline, MANAGER),
        gate.acts("/certificates/{certificate_id}/withdrawal", certificate.withdraw, MANAGER),
        gate.acts("/certificates/{certificate_id}/mail", mails.resend, OFFICE),
        gate.shows("/certificates/{certificate_id}/{version:int}.pdf", pdf.view, TEACHER),
        gate.shows("/attention", attention.show, OFFICE),
        gate.acts("/attention/certificates", attention.print_again, OFFICE),
        gate.acts("/attention/mails", attention.mail_again, OFFICE),
        gate.shows("/attention/messages/{letter_id:int}", attention.message, OFFICE),
        gate.acts("/attention/messages/{letter_id:int}/retry", attention.send_again, OFFICE),
        gate.acts("/attention/messages/{letter_id:int}/drop", attention.drop, OFFICE),
        gate.shows("/classes", classes.show, TEACHER),
        gate.shows("/class", marks.show, TEACHER),
        gate.acts("/class", marks.save, TEACHER),
        gate.acts("/class/marks", touched.record, TEACHER),
        gate.shows("/audit", audit.show, OFFICE),
        gate.acts("/audit", audit.search, OFFICE),
    ]


def papers(gate: Gate, packs: Packs) -> list[BaseRoute]:
    """What is printed, and handed out."""
    pack = PackPages(packs)
    return [
        gate.shows("/runs/{run_id}/pack", pack.show, OFFICE),
        gate.acts("/runs/{run_id}/pack", pack.save, OFFICE),
        gate.shows("/runs/{run_id}/pack.pdf", pack.open, OFFICE),
        gate.shows("/not-handed-out", not_handed_out.show, TEACHER),
        gate.acts("/not-handed-out", not_handed_out.save, TEACHER),
    ]


def own_pages(gate: Gate, own_password: OwnPassword) -> list[BaseRoute]:
    """What everybody has for themselves."""
    return [
        gate.shows(FIRST_OF_ALL, own_password.show, TEACHER),
        gate.acts(FIRST_OF_ALL, own_password.choose, TEACHER),
    ]


def people_pages(gate: Gate, people: PeoplePages) -> list[BaseRoute]:
    return [
        gate.shows("/people", people.show_all, MANAGER),
        gate.shows("/people/add", people.show_form, MANAGER),
        gate.acts("/people/add", people.add, MANAGER),
        gate.shows("/people/{account_id:uuid}", people.show, MANAGER),
        gate.acts("/people/{account_id:uuid}", people.change, MANAGER),
        gate.acts("/people/{account_id:uuid}/password", people.give_password, MANAGER),
        gate.acts("/people/{account_id:uuid}/closing", people.close, MANAGER),
        gate.acts("/people/{account_id:uuid}/reopening", people.reopen, MANAGER),
    ]


def privacy_pages(gate: Gate, erasing: erasures.Erasing) -> list[BaseRoute]:
    """What is held about a family, and that it is not held any more."""
    return [
        gate.shows("/families/{family_id}/export.zip", family_export.download, MANAGER),
        gate.shows("/students/{student_id}/erasure", erasures.ask, MANAGER),
        gate.acts("/students/{student_id}/erasure", erasing.erase, MANAGER),
        gate.shows("/erasures", erasures.show_all, MANAGER),
        gate.shows("/erasures/{erasure_id:uuid}", erasures.show, MANAGER),
    ]


def roster_pages(gate: Gate, importing: Importing) -> list[BaseRoute]:
    """Who is at the school, what they learn, and what their certificates look like."""
    return [
        gate.shows("/import", importing.show, OFFICE),
        gate.acts("/import", importing.check, OFFICE),
        gate.shows("/import/{kind}-template.csv", template_file, OFFICE),
        gate.shows("/import/{kind}.csv", current_file, OFFICE),
        gate.shows("/import/{upload_id:uuid}", importing.review, OFFICE),
        gate.acts("/import/{upload_id:uuid}", importing.act, OFFICE),
        gate.shows("/levels", levels.show_all, MANAGER),
        gate.acts("/levels", levels.move, MANAGER),
        gate.shows("/levels/new", levels.show_new, MANAGER),
        gate.acts("/levels/new", levels.save_new, MANAGER),
        gate.shows("/levels/{level_id}", levels.show, MANAGER),
        gate.acts("/levels/{level_id}", levels.save, MANAGER),
        gate.shows("/layouts", layouts.show_all, MANAGER),
        gate.acts("/layouts", layouts.upload, MANAGER),
        gate.shows("/layouts/{layout_id}", layouts.show, MANAGER),
        gate.shows("/layouts/{layout_id}/{version:int}/{texts}.jpg", layouts.picture, MANAGER),
    ]


def email_pages(gate: Gate) -> list[BaseRoute]:
    """What the school's mails look like, and what they say after each level's award."""
    return [
        gate.shows("/emails", emails.show_all, OFFICE),
        gate.acts("/emails", emails.save_letterhead, MANAGER),
        gate.shows("/emails/levels", emails.show_for_all, OFFICE),
        gate.acts("/emails/levels", emails.save_for_all, MANAGER),
        gate.shows("/emails/levels/{level_id}", emails.show, OFFICE),
        gate.acts("/emails/levels/{level_id}", emails.save, MANAGER),
        gate.acts("/emails/preview", emails.preview, OFFICE),
    ]


def webhook_pages(gate: Gate) -> list[BaseRoute]:
    """The other systems that are told what happens."""
    return [
        gate.shows("/webhooks", webhooks.show_all, MANAGER),
        gate.shows("/webhooks/add", webhooks.show_form, MANAGER),
        gate.acts("/webhooks/add", webhooks.add, MANAGER),
        gate.shows("/webhooks/{endpoint_id:uuid}", webhooks.show, MANAGER),
        gate.acts("/webhooks/{endpoint_id:uuid}", webhooks.change, MANAGER),
        gate.acts("/webhooks/{endpoint_id:uuid}/act", webhooks.act, MANAGER),
    ]
