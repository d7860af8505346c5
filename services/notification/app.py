"""Notification, wired."""

from __future__ import annotations

from datetime import timedelta

from starlette.applications import Starlette

from contracts.catalogue import (
    HELD_BY_NOTIFICATION,
    LETTER_PREVIEW,
    MAIL_TROUBLES,
    MAILS,
    PREFERENCES,
    PUT_LETTERHEAD,
    PUT_TEMPLATE,
    TEMPLATES,
)
from contracts.topology import (
    NOTIFICATION_COMMANDS,
    NOTIFICATION_CORRECTIONS,
    NOTIFICATION_ERASURES,
    NOTIFICATION_FAMILIES,
    NOTIFICATION_PUBLISHED,
)
from services.kit.broker import Bus, Consumers
from services.kit.holdings import held_of
from services.kit.outbox import Relay
from services.kit.postgres import Database
from services.kit.service import build_service
from services.kit.telemetry import Metrics
from services.kit.watching import Watching, durables_of, outbox_of
from services.notification.answers import Answers
from services.notification.bounce_mailbox import BounceMailbox
from services.notification.bounce_web import BounceWeb
from services.notification.bouncing import Bouncing
from services.notification.connections import Connections
from services.notification.dispatch import Dispatch
from services.notification.domains import Domains
from services.notification.envelope import Envelopes
from services.notification.erasing import Erasing
from services.notification.families.handlers import FamilyHandlers
from services.notification.families.letter import LinkWriter
from services.notification.families.links import LinkDispatch
from services.notification.families.preferences import Preferences
from services.notification.families.requests import LinkLedger
from services.notification.handlers import Handlers
from services.notification.holdings import HOLDINGS
from services.notification.intake import Intake
from services.notification.ledger import Ledger
from services.notification.letter import Writer
from services.notification.mail_server import SmtpServer, trusting
from services.notification.mailer import Mailer
from services.notification.outcomes import Outcomes
from services.notification.pictures import Pictures
from services.notification.register import Register
from services.notification.resending import Resending
from services.notification.sender import Sender
from services.notification.settings import NotificationSettings
from services.notification.template_answers import TemplateAnswers
from services.notification.template_store import TemplateStore
from services.notification.watching import mails_of

WORKERS = 24
"""Events side by side: their order does not matter here. Each waits mostly for progression's answers."""
FAMILY_WORKERS = 2
"""For what families ask for, which is little; so too are the senders of its mails."""
COMES_BACK_WITHIN = timedelta(days=7)
"""Mail servers try for five days at most, by default."""


def build_app(settings: NotificationSettings) -> Starlette:
    metrics = Metrics()
    database = Database(settings.postgres_url, "notification", stateless=True)
    bus = Bus("notification", settings.nats_url, metrics, settings.nats_ca_file)
    relay = Relay(database, bus)
    outcomes = Outcomes(metrics)
    register = Register(bus)
    ledger = Ledger(database, relay, outcomes, COMES_BACK_WITHIN if settings.hears_of_bounces else timedelta(0))
    templates, writer = TemplateStore(database), Writer(settings.mail_from)
    preferences = Preferences(database, register, settings.portal_url)
    envelopes = Envelopes(settings.address_for_bounces, settings.mail_from)
    connections = Connections(
        SmtpServer.from_url(settings.smtp_url), trusting(settings.smtp_ca_file), settings.smtp_timeout_s
    )
    mailer, domains = Mailer(connections, settings.smtp_connections), Domains(settings.smtp_per_domain)
    # DATA has two answers, each bounded; what is unanswered after three such times has no sender any more.
    answer_patience = timedelta(seconds=3 * settings.smtp_timeout_s)

    dispatch = Dispatch(
        ledger,
        register,
        templates,
        Pictures(bus),
        writer,
        envelopes,
        mailer,
        preferences,
        grace=timedelta(seconds=settings.digest_grace_s),
        answer_patience=answer_patience,
    )
    sender = Sender(
        ledger,
        dispatch,
        connections,
        domains,
        # While some are on their way, as many are got ready.
        at_once=2 * settings.smtp_connections,
        domain_of=lambda digest: digest.domain,
        tidy_up=ledger.forget_links,
    )
    bouncing = Bouncing(database, relay, outcomes, envelopes)
    mailboxes = [BounceMailbox(settings.bounces, bouncing)] if settings.bounces else []
    web = [BounceWeb(bouncing, settings.bounces_secret.get_secret_value())] if settings.bounces_secret else []

    links, link_mailer = LinkLedger(database), Mailer(connections, FAMILY_WORKERS)
    to_link = LinkDispatch(links, bus, preferences, LinkWriter(settings.mail_from), link_mailer, answer_patience)
    link_sender = Sender(links, to_link, connections, domains, at_once=FAMILY_WORKERS, name="link_sender")
    families = FamilyHandlers(bus, links, preferences, link_sender.wake)
    bus.consume(NOTIFICATION_FAMILIES, families.handle, workers=FAMILY_WORKERS)

    intake = Intake(database, outcomes, settings.digest_grace_s)
    handlers = Handlers(intake, register, sender)
    bus.consume(NOTIFICATION_PUBLISHED, handlers.published, workers=WORKERS)
    bus.consume(NOTIFICATION_CORRECTIONS, handlers.corrected, workers=WORKERS)
    bus.consume(NOTIFICATION_ERASURES, Erasing(database, relay).erased)

    def wake() -> None:
        relay.wake()
        sender.wake()

    bus.consume(NOTIFICATION_COMMANDS, Resending(database, register, intake, wake).resend)
    answers = Answers(database)
    bus.answer(MAILS, answers.mails)
    bus.answer(MAIL_TROUBLES, answers.troubles)
    bus.answer(PREFERENCES, preferences.answer)
    bus.answer(HELD_BY_NOTIFICATION, lambda school_id, asked: held_of(database, school_id, HOLDINGS, asked))
    changes = TemplateAnswers(templates, writer)
    bus.answer(TEMPLATES, changes.templates)
    bus.answer(PUT_TEMPLATE, changes.put_template)
    bus.answer(PUT_LETTERHEAD, changes.put_letterhead)
    bus.answer(LETTER_PREVIEW, changes.preview)
    watching = Watching(durables_of(bus), outbox_of(database, bus), mails_of(database, bus))
    return build_service(
        metrics,
        parts=[database, bus, relay, connections, sender, link_sender, *mailboxes, Consumers(bus), watching],
        routes=[route for each in web for route in each.routes],
    )
