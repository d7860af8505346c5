"""Webhooks, wired."""

from __future__ import annotations

from datetime import timedelta

from starlette.applications import Starlette

from contracts.catalogue import ACT_ON_WEBHOOK, HELD_BY_WEBHOOKS, PUT_WEBHOOK, WEBHOOK, WEBHOOKS
from contracts.topology import WEBHOOKS_EVENTS
from services.kit.broker import Bus, Consumers
from services.kit.holdings import held_of
from services.kit.outbox import Relay
from services.kit.postgres import Database
from services.kit.service import build_service
from services.kit.telemetry import Metrics
from services.kit.watching import Watching, durables_of, outbox_of
from services.webhooks.courier import Courier
from services.webhooks.endpoints import EndpointAnswers
from services.webhooks.handlers import Handlers
from services.webhooks.holdings import HOLDINGS
from services.webhooks.sender import Sender
from services.webhooks.settings import WebhookSettings
from services.webhooks.store import Store
from services.webhooks.targets import Targets

WORKERS = 4
"""Events side by side: no order is promised."""

LEASED_TRIES = 6
"""How many times as long as a try takes at most, its delivery is nobody else's."""


def build_app(settings: WebhookSettings) -> Starlette:
    metrics = Metrics()
    database = Database(settings.postgres_url, "webhooks", stateless=True)
    bus = Bus("webhooks", settings.nats_url, metrics, settings.nats_ca_file)
    relay = Relay(database, bus)
    store = Store(
        database,
        delay_scale=settings.webhook_delay_scale,
        patience=timedelta(days=settings.webhook_disable_after_days),
        keep=timedelta(days=settings.webhook_keep_days),
        lease=timedelta(seconds=LEASED_TRIES * settings.webhook_timeout_s),
    )
    targets = Targets(settings.webhook_private_addresses)
    courier = Courier(targets, settings.webhook_timeout_s)
    sender = Sender(
        store, courier, metrics, at_once=settings.webhook_at_once, per_endpoint=settings.webhook_per_endpoint
    )
    bus.consume(WEBHOOKS_EVENTS, Handlers(database, store, relay, sender.wake).heard, workers=WORKERS)
    answers = EndpointAnswers(database, targets, store, sender)
    bus.answer(WEBHOOKS, answers.endpoints)
    bus.answer(WEBHOOK, answers.endpoint)
    bus.answer(PUT_WEBHOOK, answers.put)
    bus.answer(ACT_ON_WEBHOOK, answers.act)
    bus.answer(HELD_BY_WEBHOOKS, lambda school_id, asked: held_of(database, school_id, HOLDINGS, asked))
    watching = Watching(durables_of(bus), outbox_of(database, bus))
    return build_service(metrics, parts=[database, bus, relay, courier, sender, Consumers(bus), watching])
