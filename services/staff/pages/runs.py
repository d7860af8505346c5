"""Runs: how far one is, and the last of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.responses import Response

from contracts.catalogue import RUN, RUNS
from contracts.envelope import new_id
from contracts.queries import AskRun, Everything
from services.kit.broker import QueryRefused
from services.staff.run_sight import Sight, states_of
from services.staff.run_stages import Tally, goes_on
from services.staff.run_watch import can_be_done, since_start
from services.staff.selection import run_command_id
from services.staff.visit import Visit, is_missing


async def show_all(visit: Visit) -> Response:
    found = await visit.desk.ask(RUNS, Everything())
    return await visit.page("runs.html", runs=found.runs)


async def show(visit: Visit) -> Response:
    run_id = visit.id_in_path("run_id")
    try:
        return await page(visit, run_id)
    except QueryRefused as refusal:
        if is_missing(refusal) and "started" in visit.request.query_params:
            return await _on_its_way(visit, run_id)
        raise


async def page(visit: Visit, run_id: str, refused: str = "", reasons: Sequence[str] = ()) -> Response:
    """The run as it stands; with the reasons why what was pressed (`refused`: its heading) was not done."""
    run = await visit.desk.ask(RUN, AskRun(run_id=run_id))
    states, now = states_of(run), datetime.now(UTC)
    standings = await Sight(visit.desk).standings(states)
    tally = Tally.of(standings.values())
    return await visit.page(
        "run.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if reasons else HTTPStatus.OK,
        run=run,
        standings=standings,
        tally=tally,
        left=since_start(run.requested_at, tally, now),
        can=can_be_done(states, tally),
        going_on=goes_on(standings.values(), states, now),
        mail_held=run.send_after is not None and run.send_after > now,
        refused=refused,
        reasons=reasons,
        form_id=new_id(),
    )


async def _on_its_way(visit: Visit, run_id: str) -> Response:
    """It was started a moment ago and is not in the records yet; or it was refused after nobody waited for it."""
    outcome = await visit.desk.outcome_now(run_command_id(visit.desk.school_id, run_id))
    return await visit.page(
        "run_waiting.html", reasons=[reason.message for reason in outcome.reasons], going_on=outcome.state == "unknown"
    )
