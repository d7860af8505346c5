"""Messages in: read them, claim them, act on them, and commit what came of them as one.

A command's id is claimed in the transaction that acts on it, so the same id twice is one command. A
refusal undoes everything but the claim and the `refused` event that says why.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from contracts.commands import Refused
from contracts.progress import RecordMarks
from contracts.rendering import Rendered
from services.kit.dead_letters import DeadLetters
from services.kit.delivery import Incoming, Permanent
from services.kit.outbox import queue
from services.kit.postgres import Connection, Database
from services.kit.telemetry import current_traceparent, get_logger
from services.progression.domain import DEFAULT_LOCALE, Refusal, School, refuse
from services.progression.handlers.progress import record_marks
from services.progression.handlers.renderings import rendered
from services.progression.reading import FOUNDING, Command, Event, acted_on_together, read, read_event
from services.progression.store import load_school, sql
from services.progression.work import Work


@dataclass(frozen=True, slots=True)
class Inbox:
    database: Database
    portal_url: str
    letters: Callable[[], DeadLetters]
    wake: Callable[[], None]
    """Called when something was committed: there may be something to publish."""

    async def commands(self, lot: Sequence[Incoming]) -> None:
        """All of it in one transaction. What cannot be read is refused, and kept aside too (Permanent)."""
        commands = [read(incoming) for incoming in lot]
        afterwards: list[Callable[[], Awaitable[None]]] = []
        async with self.database.transaction() as connection:
            for some in acted_on_together(commands):
                if new := await _claim(connection, some):
                    afterwards += await self._act(connection, new)
        self.wake()
        for step in afterwards:
            await step()
        if unreadable := next((command.unreadable for command in commands if command.unreadable), None):
            raise Permanent(unreadable)

    async def events(self, lot: Sequence[Incoming]) -> None:
        """What the other services tell: in whatever order, in one transaction."""
        events = [event for incoming in lot if (event := read_event(incoming))]
        async with self.database.transaction() as connection:
            for school_id in sorted({event.incoming.school_id for event in events}):
                work = await self._work(connection, school_id)
                await _record_events(work, [event for event in events if event.incoming.school_id == school_id])
                await queue(connection, *work.said)
        self.wake()

    async def _act(self, connection: Connection, commands: Sequence[Command]) -> list[Callable[[], Awaitable[None]]]:
        """What is to be done when it has committed."""
        work = await self._work(connection, commands[0].incoming.school_id)
        if all(isinstance(command.body, RecordMarks) for command in commands):
            await _record(work, commands)
        else:
            for command in commands:
                await _act_or_refuse(work, command)
        await queue(connection, *work.said)
        return work.afterwards

    async def _work(self, connection: Connection, school_id: str) -> Work:
        school = await load_school(connection, school_id)
        unnamed = School(school_id, "", "UTC", DEFAULT_LOCALE)
        return Work(connection, school or unnamed, datetime.now(UTC), self.portal_url, self.letters())


async def _claim(connection: Connection, commands: Sequence[Command]) -> list[Command]:
    """Those that nobody has handled; of several with one id the first."""
    rows = sql.claim_commands(
        connection,
        school_ids=[command.incoming.school_id for command in commands],
        command_ids=[command.incoming.id for command in commands],
        types=[command.type for command in commands],
        now=datetime.now(UTC),
    )
    new = {(row["school_id"], row["command_id"]) async for row in rows}
    claimed = []
    for command in commands:
        key = (command.incoming.school_id, command.incoming.id)
        if key in new:
            new.remove(key)
            claimed.append(command)
    return claimed


async def _record(work: Work, commands: Sequence[Command]) -> None:
    """Marks of different students of one school."""
    if not work.school.name:
        for command in commands:
            await _refuse(work, command, _unknown_school(work.school_id))
        return
    marks = [command.body for command in commands if isinstance(command.body, RecordMarks)]
    work.traces = {mark.student_id: command.trace for mark, command in zip(marks, commands, strict=True)}
    for command, refusal in zip(commands, await record_marks(work, marks), strict=True):
        if refusal is not None:
            await _refuse(work, command, refusal)


async def _record_events(work: Work, events: Sequence[Event]) -> None:
    printed = [event.body for event in events if isinstance(event.body, Rendered)]
    if printed:
        await rendered(work, printed)
    for event in events:
        if not isinstance(event.body, Rendered):
            await event.act(work, event.body)


async def _act_or_refuse(work: Work, command: Command) -> None:
    current_traceparent.set(command.trace)
    said_before = len(work.said)
    try:
        async with work.connection.transaction():
            if command.refusal is not None:
                raise command.refusal
            if not work.school.name and command.incoming.stem != FOUNDING:
                raise _unknown_school(work.school_id)
            assert command.act is not None
            await command.act(work, command.body)
    except Refusal as refusal:
        del work.said[said_before:]
        await _refuse(work, command, refusal)
    except asyncpg.DataError:
        del work.said[said_before:]
        await _refuse(work, command, refuse("invalid", "A number or a date is beyond what can be kept."))


async def _refuse(work: Work, command: Command, refusal: Refusal) -> None:
    command_id = command.incoming.id
    reasons = [reason.model_dump() for reason in refusal.reasons]
    await sql.mark_command_refused(work.connection, school_id=work.school_id, command_id=command_id, reasons=reasons)
    work.say(Refused(command_id=command_id, command_type=command.type, reasons=refusal.reasons), command_id)
    get_logger().info("command_refused", command_id=command_id, codes=[reason.code for reason in refusal.reasons])


def _unknown_school(school_id: str) -> Refusal:
    return refuse("unknown_school", f"The school “{school_id}” is not known. Put the school first.")
