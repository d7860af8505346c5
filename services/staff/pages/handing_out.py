"""Papers are ticked off as the children get them: each as it is touched, or all of a list by its button."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import TypeAlias

from starlette.datastructures import URL
from starlette.responses import PlainTextResponse, Response

from contracts.certificates import MarkPresented
from contracts.queries import CommandOutcome
from services.staff.forms import Unusable, text
from services.staff.ticking import Ticks
from services.staff.visit import Visit, see

Shown: TypeAlias = Callable[[Visit, Sequence[str]], Awaitable[Response]]
"""The list again, with the reasons why something was not saved."""

SENT = "sent"
"""In the address: the records have not taken the ticks up yet."""


async def save(visit: Visit, show: Shown) -> Response:
    form = await visit.form()
    reasons, is_waiting = await _record(visit, Ticks.of(form))
    if text(form, "touched"):
        return _told(reasons, is_waiting)
    if reasons:
        return await show(visit, reasons)
    here = URL(f"{visit.request.url.path}?{visit.request.url.query}").remove_query_params(SENT)
    return see(str(here.include_query_params(**{SENT: ""}) if is_waiting else here))


async def _record(visit: Visit, ticks: Ticks) -> tuple[list[str], bool]:
    """Why something was refused; whether something is on its way still."""
    try:
        commands = ticks.commands(visit.desk.person.called)
    except Unusable as unusable:
        return [reason.message for reason in unusable.reasons], False
    outcomes = await asyncio.gather(*(_command(visit, ticks, command) for command in commands))
    reasons = [reason.message for outcome in outcomes for reason in outcome.reasons]
    return reasons, any(outcome.state == "unknown" for outcome in outcomes)


async def _command(visit: Visit, ticks: Ticks, command: MarkPresented) -> CommandOutcome:
    command_id = ticks.command_id(visit.desk.school_id, command)
    await visit.desk.command(command, command_id)
    return await visit.desk.outcome(command_id)


def _told(reasons: Sequence[str], is_waiting: bool) -> Response:
    """To the script that sent a touch."""
    if reasons:
        return PlainTextResponse("\n".join(reasons), HTTPStatus.UNPROCESSABLE_ENTITY)
    return Response(status_code=HTTPStatus.ACCEPTED if is_waiting else HTTPStatus.NO_CONTENT)
