"""Progression and rendering as a service sees them from outside: they answer, and take commands, on a real broker."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from contracts.base import Body
from contracts.catalogue import COMMAND, PDF, QUERIES, QueryType
from contracts.commands import RefusalReason
from contracts.queries import AskCommand, AskPdf, CommandOutcome
from contracts.topology import PROGRESSION_CERTIFICATES, PROGRESSION_COMMANDS
from deploy.embedded.nats import NatsServer
from services.kit.broker import Bus, Consumers, QueryRefused
from services.kit.delivery import Incoming
from services.kit.telemetry import Metrics
from tests.school import SCHOOL_ID

Reply = TypeVar("Reply", bound=Body)


class Neighbours:
    """What they know, by school, and what they were told."""

    def __init__(self) -> None:
        self.heard: list[Incoming] = []
        """Every command, in its order; the broker has dropped those with an id that it knew."""
        self.asked: list[tuple[str, str, Body]] = []
        """Every question: (`pending`, school, request)."""
        self.refusals: list[RefusalReason] = []
        """As long as there are any, each command is refused with them."""
        self.pdfs: dict[tuple[str, str, int], bytes] = {}
        """By school, certificate and version."""
        self._replies: dict[tuple[str, str], Body | bytes | QueryRefused] = {}
        self._outcomes: dict[tuple[str, str], CommandOutcome] = {}

    def know(
        self, query: QueryType[Any, Reply], reply: Reply | bytes | QueryRefused, school_id: str = SCHOOL_ID
    ) -> None:
        """Answer this from now on; what they do not know is `not_found`."""
        self._replies[query.stem, school_id] = reply

    def told(self, name: str, school_id: str = SCHOOL_ID) -> list[dict[str, Any]]:
        """The bodies of the commands of this name (`certificates.cmd.start_generation`) for the school."""
        wanted = (f"{name}.v1", school_id)
        return [json.loads(command.body) for command in self.heard if (command.stem, command.school_id) == wanted]

    async def take(self, command: Incoming) -> None:
        self.heard.append(command)
        state = CommandOutcome(state="refused", reasons=tuple(self.refusals)) if self.refusals else None
        self._outcomes[command.school_id, command.id] = state or CommandOutcome(state="accepted")

    def answer_on(self, bus: Bus) -> None:
        """Answer all that this service answers."""
        for query in QUERIES:
            if query.service == bus.service and query not in (COMMAND, PDF):
                self._answer(bus, query)
        if bus.service == COMMAND.service:
            bus.answer(COMMAND, self._outcome)
        if bus.service == PDF.service:
            bus.answer(PDF, self._pdf)

    def _answer(self, bus: Bus, query: QueryType[Any, Any]) -> None:
        async def reply(school_id: str, request: Body) -> Body | bytes:
            self.asked.append((query.name, school_id, request))
            known = self._replies.get((query.stem, school_id))
            if known is None:
                raise QueryRefused("not_found", "There is none.")
            if isinstance(known, QueryRefused):
                raise known
            return known

        bus.answer(query, reply)

    async def _outcome(self, school_id: str, request: AskCommand) -> CommandOutcome:
        return self._outcomes.get((school_id, request.command_id), CommandOutcome(state="unknown"))

    async def _pdf(self, school_id: str, request: AskPdf) -> bytes:
        found = self.pdfs.get((school_id, request.certificate_id, request.version))
        if found is None:
            raise QueryRefused("not_found", "There is no such PDF.")
        return found


@asynccontextmanager
async def neighbours(server: NatsServer, *services: str) -> AsyncIterator[Neighbours]:
    """Both of them, or those named."""
    known = Neighbours()
    running: list[tuple[Bus, Consumers]] = []
    try:
        for service in services or ("progression", "rendering"):
            bus = Bus(service, server.url(service), Metrics())
            known.answer_on(bus)
            if service == PROGRESSION_COMMANDS.service:
                bus.consume(PROGRESSION_COMMANDS, known.take)
                bus.consume(PROGRESSION_CERTIFICATES, known.take)
            consumers = Consumers(bus)
            await bus.start()
            running.append((bus, consumers))
            await consumers.start()
        yield known
    finally:
        for bus, consumers in reversed(running):
            await consumers.stop()
            await bus.stop()
