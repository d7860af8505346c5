"""What a page works with: questions and commands, always in the name of the signed-in person's own school."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, TypeVar

from contracts.base import Body
from contracts.catalogue import COMMAND, QueryType
from contracts.envelope import wrap
from contracts.queries import AskCommand, AskPdf, CommandOutcome
from services.kit.broker import Bus, NobodyAnswered, QueryRefused
from services.kit.telemetry import current_traceparent
from services.staff.accounts import Person
from services.staff.courier import Courier

Request = TypeVar("Request", bound=Body)
Reply = TypeVar("Reply", bound=Body)

LOOK_AGAIN_S = 0.1
UNKNOWN = CommandOutcome(state="unknown")


class Desk:
    """One person's connection to the school's records."""

    def __init__(self, bus: Bus, courier: Courier, person: Person, patience_s: float) -> None:
        self._bus = bus
        self._courier = courier
        self.person = person
        self._patience_s = patience_s

    @property
    def school_id(self) -> str:
        return self.person.school_id

    async def ask(self, query: QueryType[Request, Reply], request: Request) -> Reply:
        """The answer. QueryRefused with the answerer's reason; NobodyAnswered when there is none in time."""
        return await self._bus.ask(query, self.school_id, request)

    async def ask_unless_silent(self, query: QueryType[Request, Reply], request: Request) -> Reply | None:
        """The answer, or None where there is none just now: the rest of the page does not wait for it."""
        try:
            return await self.ask(query, request)
        except (NobodyAnswered, QueryRefused):
            return None

    async def ask_bytes(self, query: QueryType[Request, Any], request: Request) -> bytes:
        """The file that answers a query which is not answered with JSON; errors as `ask`."""
        return await self._bus.ask_bytes(query, self.school_id, request)

    async def ask_pdf(self, request: AskPdf) -> bytes:
        return await self._bus.ask_pdf(self.school_id, request)

    async def command(self, body: Body, command_id: str) -> None:
        """Kept, and on its way: it will arrive, whatever is broken just now."""
        envelope = wrap(
            body,
            self.school_id,
            source="/laurel/staff",
            message_id=command_id,
            traceparent=current_traceparent.get(),
        )
        await self._courier.take(envelope, self.school_id)

    async def outcome(self, command_id: str) -> CommandOutcome:
        """What became of a command, waited for; still `unknown` when nobody could tell in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s):
                while True:
                    outcome = await self.outcome_now(command_id)
                    if outcome.state != "unknown":
                        return outcome
                    await asyncio.sleep(LOOK_AGAIN_S)
        return UNKNOWN

    async def outcome_now(self, command_id: str) -> CommandOutcome:
        try:
            return await self.ask(COMMAND, AskCommand(command_id=command_id))
        except NobodyAnswered:
            return UNKNOWN
