"""Runs: how far one is, and the last of them."""

from __future__ import annotations

from collections import Counter

from starlette.responses import Response

from contracts.catalogue import RUN, RUNS
from contracts.queries import AskRun, Everything
from services.kit.broker import QueryRefused
from services.staff.selection import run_command_id
from services.staff.visit import Visit, is_missing


async def show_all(visit: Visit) -> Response:
    found = await visit.desk.ask(RUNS, Everything())
    return await visit.page("runs.html", runs=found.runs)


async def show(visit: Visit) -> Response:
    run_id = visit.id_in_path("run_id")
    try:
        run = await visit.desk.ask(RUN, AskRun(run_id=run_id))
    except QueryRefused as refusal:
        if is_missing(refusal) and "started" in visit.request.query_params:
            return await _on_its_way(visit, run_id)
        raise
    states = Counter(certificate.state for certificate in run.certificates)
    return await visit.page("run.html", run=run, states=states, going_on=states["issuing"] > 0)


async def _on_its_way(visit: Visit, run_id: str) -> Response:
    """It was started a moment ago and is not in the records yet; or it was refused after nobody waited for it."""
    outcome = await visit.desk.outcome_now(run_command_id(visit.desk.school_id, run_id))
    return await visit.page(
        "run_waiting.html", reasons=[reason.message for reason in outcome.reasons], going_on=outcome.state == "unknown"
    )
