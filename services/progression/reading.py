"""What a message says: which handler it is for, and its body, or why it cannot be read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import ValidationError
from pydantic_core import from_json

from contracts.base import Body
from contracts.catalogue import TYPE_OF
from contracts.certificates import (
    CancelRun,
    DeclineCorrection,
    DropDeadLetter,
    IssueAdHoc,
    MarkPresented,
    Reissue,
    Retry,
    RetryDeadLetter,
    StartGeneration,
    UndoRun,
    Withdraw,
)
from contracts.commands import RefusalReason
from contracts.envelope import has_strange_id, known_or_new
from contracts.erasure import EraseStudent, NotificationErased, PortalErased, RenderingErased, WebhooksErased
from contracts.notification import Resent
from contracts.portal import CorrectionRequested
from contracts.progress import RecordMarks
from contracts.rendering import ArtefactMissing, LayoutPublished, Rendered, RenderingFailed
from contracts.roster import (
    ImportRoster,
    PutFamily,
    PutLevel,
    PutSchool,
    PutStudent,
    PutTeacher,
    SetPreferredName,
)
from services.kit.delivery import Incoming
from services.progression.domain import Refusal, refuse
from services.progression.handlers import (
    ad_hoc,
    correction_requests,
    corrections,
    dead_letters,
    erasing,
    importing,
    mails,
    presenting,
    progress,
    renderings,
    roster,
    runs,
    undoing,
)
from services.progression.work import Work

Act: TypeAlias = Callable[[Work, Any], Awaitable[Any]]


def _by_stem(table: Mapping[type[Body], Act]) -> dict[str, tuple[type[Body], Act]]:
    return {TYPE_OF[body].stem: (body, act) for body, act in table.items()}


COMMANDS = _by_stem(
    {
        PutSchool: roster.put_school,
        PutFamily: roster.put_family,
        PutTeacher: roster.put_teacher,
        PutStudent: roster.put_student,
        PutLevel: roster.put_level,
        SetPreferredName: roster.set_preferred_name,
        ImportRoster: importing.import_roster,
        EraseStudent: erasing.erase_student,
        RecordMarks: progress.record_marks,
        StartGeneration: runs.start_generation,
        IssueAdHoc: ad_hoc.issue_ad_hoc,
        Withdraw: corrections.withdraw,
        Reissue: corrections.reissue,
        DeclineCorrection: correction_requests.decline,
        Retry: corrections.retry,
        MarkPresented: presenting.mark_presented,
        CancelRun: undoing.cancel_run,
        UndoRun: undoing.undo_run,
        RetryDeadLetter: dead_letters.retry_dead_letter,
        DropDeadLetter: dead_letters.drop_dead_letter,
    }
)

EVENTS = _by_stem(
    {
        Rendered: renderings.rendered,
        RenderingFailed: renderings.failed,
        ArtefactMissing: renderings.missing,
        LayoutPublished: renderings.layout_published,
        Resent: mails.resent,
        PortalErased: erasing.confirmed,
        NotificationErased: erasing.confirmed,
        RenderingErased: erasing.confirmed,
        WebhooksErased: erasing.confirmed,
        CorrectionRequested: correction_requests.requested,
    }
)

STRANGE_ID = "Its id (ce-id) is longer than 256 characters, or has control characters."
MOST_REASONS = 50
"""Enough to mend a body by; more of them would be longer than a message may be."""

FOUNDING = TYPE_OF[PutSchool].stem
"""The one command that a school which is not known yet may send."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command as it was read: with `act` and `body`, or with the `refusal` of one that cannot be acted on."""

    incoming: Incoming
    trace: str
    act: Act | None = None
    body: Body | None = None
    refusal: Refusal | None = None
    unreadable: str | None = None
    """Why it is no command at all: such a one is kept aside too."""

    @property
    def type(self) -> str:
        area, _, name_and_version = self.incoming.stem.partition(".cmd.")
        return f"school.laurel.{area}.{name_and_version}"


@dataclass(frozen=True, slots=True)
class Event:
    incoming: Incoming
    act: Act
    body: Body


def read(incoming: Incoming) -> Command:
    trace = known_or_new(incoming.headers.get("traceparent"))
    if has_strange_id(incoming.headers):
        return Command(incoming, trace, refusal=refuse("invalid_id", STRANGE_ID), unreadable=STRANGE_ID)
    if unreadable := _why_unreadable(incoming.body):
        return Command(incoming, trace, refusal=refuse("not_json", unreadable), unreadable=unreadable)
    if incoming.stem not in COMMANDS:
        unknown = refuse("unknown_command", f"There is no command “{incoming.stem}”.")
        return Command(incoming, trace, refusal=unknown)
    model, act = COMMANDS[incoming.stem]
    try:
        return Command(incoming, trace, act, model.model_validate_json(incoming.body))
    except ValidationError as error:
        return Command(incoming, trace, refusal=Refusal(*_reasons(error)))


def read_event(incoming: Incoming) -> Event | None:
    """None for an event that progression does not know, such as a later version's. Permanent: it cannot be read."""
    if incoming.stem not in EVENTS:
        return None
    model, act = EVENTS[incoming.stem]
    return Event(incoming, act, incoming.read(model))


def acted_on_together(commands: Sequence[Command]) -> Iterator[list[Command]]:
    """In their order: marks of different students of one school together, anything else by itself."""
    together: dict[str, Command] = {}
    school_id = ""
    for command in commands:
        if not isinstance(command.body, RecordMarks):
            if together:
                yield list(together.values())
                together = {}
            yield [command]
            continue
        if together and (command.incoming.school_id != school_id or command.body.student_id in together):
            yield list(together.values())
            together = {}
        school_id = command.incoming.school_id
        together[command.body.student_id] = command
    if together:
        yield list(together.values())


def _why_unreadable(body: bytes) -> str | None:
    try:
        from_json(body)
    except ValueError as error:
        return f"The body is not JSON: {error}."
    return None


def _reasons(error: ValidationError) -> tuple[RefusalReason, ...]:
    """pydantic's findings as reasons that name the place in the body."""
    problems = error.errors(include_url=False, include_input=False, include_context=False)[:MOST_REASONS]
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
