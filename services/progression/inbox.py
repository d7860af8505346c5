"""A message in: read it, claim it, hand it to its handler, and commit what came of it as one.

A command's id is claimed in the transaction that acts on it, so the same id twice is one command. A
refusal undoes everything but the claim and the `refused` event that says why.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from contracts.base import Body
from contracts.catalogue import TYPE_OF
from contracts.certificates import IssueAdHoc, Reissue, StartGeneration, Withdraw
from contracts.commands import RefusalReason, Refused
from contracts.progress import RecordMarks
from contracts.rendering import LayoutPublished, Rendered, RenderingFailed
from contracts.roster import PutFamily, PutLevel, PutSchool, PutStudent, PutTeacher
from services.kit.delivery import Incoming, Permanent
from services.kit.outbox import Relay, queue
from services.kit.postgres import Connection, Database
from services.kit.telemetry import get_logger
from services.progression.domain import DEFAULT_LOCALE, Refusal, School, refuse
from services.progression.handlers import ad_hoc, corrections, progress, renderings, roster, runs
from services.progression.store import load_school, sql
from services.progression.work import Work

Act = Callable[[Work, Any], Awaitable[None]]


def _by_stem(table: Mapping[type[Body], Act]) -> dict[str, tuple[type[Body], Act]]:
    return {TYPE_OF[body].stem: (body, act) for body, act in table.items()}


COMMANDS = _by_stem(
    {
        PutSchool: roster.put_school,
        PutFamily: roster.put_family,
        PutTeacher: roster.put_teacher,
        PutStudent: roster.put_student,
        PutLevel: roster.put_level,
        RecordMarks: progress.record_marks,
        StartGeneration: runs.start_generation,
        IssueAdHoc: ad_hoc.issue_ad_hoc,
        Withdraw: corrections.withdraw,
        Reissue: corrections.reissue,
    }
)

EVENTS = _by_stem(
    {
        Rendered: renderings.rendered,
        RenderingFailed: renderings.failed,
        LayoutPublished: renderings.layout_published,
    }
)

FOUNDING = TYPE_OF[PutSchool].stem
"""The one command that a school which is not known yet may send."""


@dataclass(frozen=True, slots=True)
class Inbox:
    database: Database
    relay: Relay
    portal_url: str

    async def command(self, incoming: Incoming) -> None:
        unreadable = _why_unreadable(incoming.body)
        async with self.database.transaction() as connection:
            if await self._claim(connection, incoming):
                await self._act_or_refuse(connection, incoming, unreadable)
        self.relay.wake()
        if unreadable:
            raise Permanent(unreadable)

    async def event(self, incoming: Incoming) -> None:
        if incoming.stem not in EVENTS:
            return
        body, act = EVENTS[incoming.stem]
        event = incoming.read(body)
        async with self.database.transaction() as connection:
            work = self._work(connection, incoming, await load_school(connection, incoming.school_id))
            await act(work, event)
            await queue(connection, *work.said)
        self.relay.wake()

    async def _claim(self, connection: Connection, incoming: Incoming) -> bool:
        claimed = await sql.claim_command(
            connection,
            school_id=incoming.school_id,
            command_id=incoming.id,
            type=_type_of(incoming),
            now=datetime.now(UTC),
        )
        return claimed is not None

    async def _act_or_refuse(self, connection: Connection, incoming: Incoming, unreadable: str | None) -> None:
        school = await load_school(connection, incoming.school_id)
        work = self._work(connection, incoming, school)
        try:
            async with connection.transaction():
                act, command = _read(incoming, unreadable, school)
                await act(work, command)
        except Refusal as refusal:
            work.said.clear()
            await _refuse(work, incoming, refusal.reasons)
        await queue(connection, *work.said)

    def _work(self, connection: Connection, incoming: Incoming, school: School | None) -> Work:
        unnamed = School(incoming.school_id, "", "UTC", DEFAULT_LOCALE)
        return Work(connection, school or unnamed, datetime.now(UTC), self.portal_url)


def _read(incoming: Incoming, unreadable: str | None, school: School | None) -> tuple[Act, Body]:
    """The handler and the command; Refusal where the body is not what the contract says, or the school is unknown."""
    if unreadable:
        raise refuse("not_json", unreadable)
    if incoming.stem not in COMMANDS:
        raise refuse("unknown_command", f"There is no command “{incoming.stem}”.")
    body, act = COMMANDS[incoming.stem]
    try:
        command = body.model_validate_json(incoming.body)
    except ValidationError as error:
        raise Refusal(*_reasons(error)) from error
    if incoming.stem != FOUNDING and school is None:
        raise refuse("unknown_school", f"The school “{incoming.school_id}” is not known. Put the school first.")
    return act, command


async def _refuse(work: Work, incoming: Incoming, reasons: tuple[RefusalReason, ...]) -> None:
    await sql.mark_command_refused(
        work.connection,
        school_id=incoming.school_id,
        command_id=incoming.id,
        reasons=[reason.model_dump() for reason in reasons],
    )
    work.say(Refused(command_id=incoming.id, command_type=_type_of(incoming), reasons=reasons), incoming.id)
    get_logger().info("command_refused", command_id=incoming.id, codes=[reason.code for reason in reasons])


def _type_of(incoming: Incoming) -> str:
    area, _, name_and_version = incoming.stem.partition(".cmd.")
    return f"school.laurel.{area}.{name_and_version}"


def _why_unreadable(body: bytes) -> str | None:
    try:
        from_json(body)
    except ValueError as error:
        return f"The body is not JSON: {error}."
    return None


def _reasons(error: ValidationError) -> tuple[RefusalReason, ...]:
    """pydantic's findings as reasons that name the place in the body."""
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    places = [problem["loc"] for problem in problems]
    return tuple(
        RefusalReason(
            code="missing" if problem["type"] == "missing" else "invalid",
            message=f"{problem['msg'].removeprefix('Value error, ')}.",
            path=".".join(str(step) for step in problem["loc"]) or None,
        )
        for problem in problems
        # A list whose only element is wrong is reported as empty too: the element's own reason is enough.
        if not any(_is_inside(place, problem["loc"]) for place in places)
    )


def _is_inside(place: tuple[int | str, ...], outer: tuple[int | str, ...]) -> bool:
    return len(place) > len(outer) and place[: len(outer)] == outer
