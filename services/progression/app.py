"""The one place that wires progression."""

from __future__ import annotations

from starlette.applications import Starlette

from contracts.topology import PROGRESSION_COMMANDS, PROGRESSION_RENDERINGS
from services.kit.broker import Bus, Consumers
from services.kit.outbox import Relay
from services.kit.postgres import Database
from services.kit.provision import provision
from services.kit.service import build_service
from services.kit.telemetry import Metrics
from services.progression.answers import Answers
from services.progression.inbox import Inbox
from services.progression.settings import Settings


class Topology:
    """progression is the one service that keeps the broker's streams and durables there."""

    name = "topology"

    def __init__(self, bus: Bus, replicas: int) -> None:
        self._bus = bus
        self._replicas = replicas

    async def start(self) -> None:
        await provision(self._bus.jetstream, replicas=self._replicas)

    async def stop(self) -> None:
        return None

    async def ready(self) -> bool:
        return True


def build_app(settings: Settings) -> Starlette:
    metrics = Metrics()
    database = Database(settings.postgres_url, "progression")
    bus = Bus("progression", settings.nats_url, metrics)
    relay = Relay(database, bus)
    inbox = Inbox(database, relay, settings.portal_url)
    # One worker: commands are acted on in the order in which they were accepted.
    bus.consume(PROGRESSION_COMMANDS, inbox.command)
    bus.consume(PROGRESSION_RENDERINGS, inbox.event, workers=4)
    Answers(database).give_on(bus)
    topology = Topology(bus, settings.nats_replicas)
    return build_service(metrics, [database, bus, topology, relay, Consumers(bus)])
