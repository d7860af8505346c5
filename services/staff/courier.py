"""Carries what staff pressed to the school's records, and does not rest before it has arrived.

The broker's word that it keeps a command is not enough: its disk may be lost before the command is
read. A command has arrived when progression says what became of it.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import nats.errors

from contracts.catalogue import COMMAND, TYPE_OF
from contracts.certificates import ResendMail
from contracts.envelope import Envelope
from contracts.queries import AskCommand
from services.kit.broker import Bus, NobodyAnswered, QueryRefused
from services.kit.delivery import passes_by_itself
from services.kit.postgres import Database, load_queries
from services.kit.telemetry import get_logger

POLL_S = 0.5
TAKEN_BY_OTHERS = (TYPE_OF[ResendMail].stem,)
"""Commands of which progression knows nothing: for them the broker's word has to do."""

NOT_TAKEN = (OSError, TimeoutError, nats.errors.Error)


class Courier:
    """A part of the service. Several may run side by side."""

    name = "courier"

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._queries = load_queries("services.staff")
        self._task: asyncio.Task[None] | None = None

    async def take(self, envelope: Envelope, school_id: str) -> None:
        """From now on it is the courier's business; it is on its way at once."""
        await self._queries.keep_errand(
            self._database.pool,
            command_id=envelope.id,
            school_id=school_id,
            subject=envelope.subject,
            headers=envelope.headers,
            body=envelope.body,
        )
        with contextlib.suppress(*NOT_TAKEN):
            await self._bus.publish(envelope)

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="courier")

    async def stop(self) -> None:
        """What has not arrived is carried by the next one."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def ready(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _run(self) -> None:
        while True:
            try:
                await self._round()
            except Exception as error:
                if passes_by_itself(error):
                    get_logger().warning("courier_waits", error=type(error).__name__)
                else:
                    get_logger().exception("courier_failed")
            await asyncio.sleep(POLL_S)

    async def _round(self) -> None:
        due = [row async for row in self._queries.due_errands(self._database.pool)]
        for errand in sorted(due, key=lambda row: row["kept_at"]):
            if await self._has_arrived(errand):
                await self._queries.done(self._database.pool, command_id=errand["command_id"])
            elif errand["attempts"] > 1:
                await self._carry(errand)

    async def _has_arrived(self, errand: Any) -> bool:
        try:
            asked = AskCommand(command_id=errand["command_id"])
            outcome = await self._bus.ask(COMMAND, errand["school_id"], asked)
        except (NobodyAnswered, QueryRefused):
            return False
        return outcome.state != "unknown"

    async def _carry(self, errand: Any) -> None:
        """The same command again: whoever has it knows it by its id."""
        envelope = Envelope(errand["subject"], errand["headers"], errand["body"])
        try:
            await self._bus.publish(envelope)
        except NOT_TAKEN as error:
            get_logger().info("errand_waits", command_id=envelope.id, error=type(error).__name__)
            return
        if envelope.subject.startswith(TAKEN_BY_OTHERS):
            await self._queries.done(self._database.pool, command_id=envelope.id)
