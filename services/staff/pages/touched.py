"""What was touched on a class's page, sent by the page itself; the answer is for the page, not for a person."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.responses import JSONResponse, Response

from contracts.catalogue import STUDENT
from contracts.queries import AskStudent, CommandOutcome
from services.kit.broker import NobodyAnswered, QueryRefused
from services.staff.desk import Desk
from services.staff.forms import texts
from services.staff.touches import AT_ONCE, UNREADABLE, Touch, read_touch, standing, told
from services.staff.visit import Visit


async def record(visit: Visit) -> Response:
    """Each touch is a command, in the order of the touches: an outcome for each, and how the children stand now."""
    touches = [read_touch(sent) for sent in texts(await visit.form(), "touch")[:AT_ONCE]]
    now = datetime.now(UTC)
    for touch in filter(None, touches):
        await visit.desk.command(touch.command(now), touch.command_id(visit.desk.school_id))
    outcomes = await asyncio.gather(*(_outcome(visit.desk, touch) for touch in touches))
    return JSONResponse(
        {
            "outcomes": [told(outcome) for outcome in outcomes],
            "standings": await _standings(visit.desk, touches, outcomes),
        }
    )


async def _outcome(desk: Desk, touch: Touch | None) -> CommandOutcome:
    if touch is None:
        return CommandOutcome(state="refused", reasons=(UNREADABLE,))
    return await desk.outcome(touch.command_id(desk.school_id))


async def _standings(
    desk: Desk, touches: Sequence[Touch | None], outcomes: Sequence[CommandOutcome]
) -> list[dict[str, Any]]:
    """Of each child whose marks were taken or refused; a child who cannot be asked about is left out."""
    settled = [touch for touch, outcome in zip(touches, outcomes, strict=True) if touch and outcome.state != "unknown"]
    places = dict.fromkeys((touch.student_id, touch.level_id) for touch in settled)
    found = await asyncio.gather(*(_standing(desk, *place) for place in places))
    return [each for each in found if each]


async def _standing(desk: Desk, student_id: str, level_id: str) -> dict[str, Any] | None:
    try:
        return standing(await desk.ask(STUDENT, AskStudent(student_id=student_id)), level_id)
    except (NobodyAnswered, QueryRefused):
        return None
