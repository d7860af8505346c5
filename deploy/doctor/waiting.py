"""What waits for a person: certificates that do not go on, messages that were kept aside, mails that do not go out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime
from typing import TypeAlias

from nats.js.errors import NotFoundError

from contracts.catalogue import ATTENTION, MAIL_TROUBLES
from contracts.queries import Everything
from deploy.doctor.findings import Finding, since_when
from deploy.doctor.patient import Patient
from services.kit.broker import Bus, NobodyAnswered, QueryRefused
from services.kit.dead_letters import DeadLetters

Trouble: TypeAlias = tuple[str, datetime]
"""Why, and since when."""

PRINT_AGAIN = (
    "mend what the reason says, then press Try again on the staff page “Needs attention”"
    " (or `laurel dead-letters retry --all`)"
)
LOOK_AT_LETTERS = "`laurel dead-letters list`, then show, retry or drop them"
MAIL_AGAIN = "mend the address or the mail server, then press Send again on the staff page “Needs attention”"


async def examine(patient: Patient, bus: Bus) -> AsyncIterator[Finding]:
    for about, troubles, remedy in (
        ("certificates", await _certificates(patient, bus), PRINT_AGAIN),
        ("dead letters", await _letters(bus), LOOK_AT_LETTERS),
        ("mails", await _mails(patient, bus), MAIL_AGAIN),
    ):
        for finding in _by_reason(about, troubles, remedy):
            yield finding


async def _certificates(patient: Patient, bus: Bus) -> list[Trouble] | None:
    try:
        found = await bus.ask(ATTENTION, patient.school_id, Everything())
    except (NobodyAnswered, QueryRefused):
        return None
    return [(f"{one.kind}: {one.reason.message}", one.since) for one in found.certificates]


async def _letters(bus: Bus) -> list[Trouble] | None:
    try:
        return [(f"{one.durable}: {one.reason}", one.since) async for one in DeadLetters(bus.jetstream).all()]
    except NotFoundError:
        return None


async def _mails(patient: Patient, bus: Bus) -> list[Trouble] | None:
    try:
        found = await bus.ask(MAIL_TROUBLES, patient.school_id, Everything())
    except (NobodyAnswered, QueryRefused):
        return None
    return [(f"{one.state}: {one.reason}", one.since) for one in found.mails]


def _by_reason(about: str, troubles: Iterable[Trouble] | None, remedy: str) -> Iterator[Finding]:
    """One finding for each reason, however many share it."""
    if troubles is None:
        yield Finding(about, "cannot be looked at: whoever keeps the list does not answer", "see above")
        return
    since: dict[str, list[datetime]] = defaultdict(list)
    for reason, moment in troubles:
        since[reason].append(moment)
    if not since:
        yield Finding(about, "none waits for a person")
    for reason, moments in since.items():
        yield Finding(about, f"{len(moments):,}, {since_when(min(moments))}: {reason}", remedy)
