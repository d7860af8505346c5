"""The one place that wires progression."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette

from contracts.topology import (
    PROGRESSION_CERTIFICATES,
    PROGRESSION_COMMANDS,
    PROGRESSION_ERASURES,
    PROGRESSION_MAILS,
    PROGRESSION_RENDERINGS,
    PROGRESSION_REQUESTS,
)
from services.kit.broker import Bus, Consumers
from services.kit.dead_letters import DeadLetters
from services.kit.delivery import Incoming
from services.kit.lots import Readers
from services.kit.outbox import Relay
from services.kit.postgres import Database
from services.kit.service import build_service
from services.kit.telemetry import Metrics
from services.kit.watching import Watching, durables_of, outbox_of
from services.progression.answers import Answers
from services.progression.attention import Attention
from services.progression.erasing import Eraser
from services.progression.erasure_answers import ErasureAnswers
from services.progression.family_answers import FamilyAnswers
from services.progression.feeding import Feeder
from services.progression.inbox import Inbox
from services.progression.leadership import Leadership
from services.progression.looking_back import LookingBack
from services.progression.order import roster_before_is_read
from services.progression.papers import Papers
from services.progression.reconciler import Reconciler
from services.progression.roster_answers import RosterAnswers
from services.progression.run_answers import RunAnswers
from services.progression.settings import Settings
from services.progression.topology import Topology
from services.progression.waiting import Waiting
from services.progression.watching import certificates_of, streams_of

LOT = 200
"""Commands that share a transaction: beyond this it lasts longer and gains little."""
RENDERED_LOT = 10
RENDERED_READERS = 3
"""Answers of rendering come by the print, and somebody may wait for one of them: they are taken side by side."""


def build_app(settings: Settings) -> Starlette:
    metrics = Metrics()
    database = Database(settings.postgres_url, "progression", stateless=True)
    # Its lock outlives a transaction: connections of its own are cleared. One is held, one tells whether it answers.
    held = Database(settings.postgres_url, "progression", pool_size=2)
    bus = Bus("progression", settings.nats_url, metrics, settings.nats_ca_file)
    relay = Relay(database, bus)
    feeder = Feeder(database, bus)
    topology = Topology(bus, database, settings.nats_replicas, settings.school_readers)

    def wake() -> None:
        relay.wake()
        feeder.wake()

    inbox = Inbox(database, settings.portal_url, lambda: DeadLetters(bus.jetstream), wake)

    async def certificates(lot: Sequence[Incoming]) -> None:
        await roster_before_is_read(bus, lot[0])
        await inbox.commands(lot)

    reconciler = Reconciler(
        database,
        bus,
        topology,
        portal_url=settings.portal_url,
        patience_s=settings.reconcile_after_s,
        wake=wake,
    )
    eraser = Eraser(database, bus, patience_s=settings.reconcile_after_s, wake=wake)
    leadership = Leadership(
        held,
        duties=[
            bus.lots(PROGRESSION_COMMANDS, inbox.commands, size=LOT).run,
            bus.lots(PROGRESSION_CERTIFICATES, certificates, size=1).run,
            feeder.run,
            reconciler.run,
            eraser.run,
        ],
    )
    renderings = [
        bus.lots(PROGRESSION_RENDERINGS, inbox.events, size=RENDERED_LOT, ordered=False)
        for _ in range(RENDERED_READERS)
    ]
    mails = bus.lots(PROGRESSION_MAILS, inbox.events, size=LOT, ordered=False)
    erasures = bus.lots(PROGRESSION_ERASURES, inbox.events, size=LOT, ordered=False)
    requests = bus.lots(PROGRESSION_REQUESTS, inbox.events, size=1, ordered=False)
    readers = Readers(*renderings, mails, erasures, requests)
    _answer_on(bus, database, settings)
    watching = Watching(durables_of(bus), outbox_of(database, bus), certificates_of(database, bus), streams_of(bus))
    return build_service(metrics, [database, held, bus, topology, relay, readers, leadership, Consumers(bus), watching])


def _answer_on(bus: Bus, database: Database, settings: Settings) -> None:
    """Every question that progression answers."""
    Answers(database).answer_on(bus)
    Waiting(database, settings.portal_url).answer_on(bus)
    RunAnswers(database, bus).answer_on(bus)
    RosterAnswers(database).answer_on(bus)
    FamilyAnswers(database).answer_on(bus)
    Papers(database).answer_on(bus)
    Attention(database, bus).answer_on(bus)
    LookingBack(database).answer_on(bus)
    ErasureAnswers(database).answer_on(bus)
