"""Every certificate that was issued and still lies in the office, ticked off here too."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus

from starlette.responses import Response

from contracts.catalogue import CLASSES, NOT_PRESENTED, RUNS, TEACHERS
from contracts.envelope import new_id
from contracts.papers import AskNotPresented
from contracts.queries import Classes, Everything
from services.staff.lists import collated, grouped
from services.staff.pages import handing_out
from services.staff.visit import Visit

LONGEST_NAME = 200


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def save(visit: Visit) -> Response:
    return await handing_out.save(visit, _page)


async def _page(visit: Visit, reasons: Sequence[str] = ()) -> Response:
    wanted = _wanted(visit)
    found, classes, teachers, runs = await asyncio.gather(
        visit.desk.ask(NOT_PRESENTED, wanted),
        visit.desk.ask(CLASSES, Everything()),
        visit.desk.ask(TEACHERS, Everything()),
        visit.desk.ask(RUNS, Everything()),
    )
    return await visit.page(
        "not_handed_out.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if reasons else HTTPStatus.OK,
        wanted=wanted,
        is_filtered=bool(wanted.model_dump(exclude_none=True)),
        groups=grouped(found.certificates),
        count=len(found.certificates),
        more=found.more,
        venues=_venues(classes),
        classes=[(name, name) for name in sorted({one.class_name for one in classes.classes}, key=collated)],
        teachers=[(teacher.teacher_id, teacher.name) for teacher in teachers.teachers],
        runs=runs.runs,
        reasons=reasons,
        sent=handing_out.SENT in visit.request.query_params,
        form_id=new_id(),
    )


def _wanted(visit: Visit) -> AskNotPresented:
    return AskNotPresented(
        venue_id=visit.id_asked_for("venue"),
        class_name=visit.request.query_params.get("class", "")[:LONGEST_NAME] or None,
        teacher_id=visit.id_asked_for("teacher"),
        run_id=visit.id_asked_for("run"),
    )


def _venues(classes: Classes) -> list[tuple[str, str]]:
    """Id and name of those that have classes."""
    venues = {one.venue_id: one.venue_name or one.venue_id for one in classes.classes if one.venue_id}
    return sorted(venues.items(), key=lambda venue: collated(venue[1]))
