"""The front page: what needs a hand, what was done last, and how the school's year goes."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from contracts.catalogue import ATTENTION, MAIL_TROUBLES, RUNS, WEEKS
from contracts.queries import AskWeeks, Everything
from services.staff.chart import chart_of
from services.staff.roles import OFFICE
from services.staff.visit import Visit, see

RUNS_SHOWN = 5


async def show(visit: Visit) -> Response:
    """Each part for itself: whoever does not answer leaves the others to be seen. A teacher came to mark."""
    if not visit.desk.person.may(OFFICE):
        return see("/classes")
    attention, mails, runs, weeks = await asyncio.gather(
        visit.desk.ask_unless_silent(ATTENTION, Everything()),
        visit.desk.ask_unless_silent(MAIL_TROUBLES, Everything()),
        visit.desk.ask_unless_silent(RUNS, Everything()),
        visit.desk.ask_unless_silent(WEEKS, AskWeeks()),
    )
    return await visit.page(
        "home.html",
        attention=attention,
        mails=mails.mails if mails else None,
        runs=runs.runs[:RUNS_SHOWN] if runs else None,
        chart=chart_of(weeks.weeks) if weeks else None,
    )
