"""What can be done with a run that was started: undo it, cancel the rest, try again what failed."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from contracts.catalogue import RUN
from contracts.certificates import CancelRun, Retry, UndoRun
from contracts.envelope import id_from
from contracts.queries import AskRun
from services.staff.forms import text
from services.staff.pages import runs
from services.staff.visit import Visit, see

AT_ONCE = 20
"""Commands that are handed over side by side."""


async def undo(visit: Visit) -> Response:
    """progression decides whether it is in time."""
    return await _act(visit, UndoRun, "The run was not undone")


async def cancel(visit: Visit) -> Response:
    return await _act(visit, CancelRun, "Nothing was cancelled")


async def _act(visit: Visit, command: type[UndoRun] | type[CancelRun], refused: str) -> Response:
    """One form is one command: its id was in the form."""
    run_id = visit.id_in_path("run_id")
    command_id = id_from(command.__name__, visit.desk.school_id, run_id, text(await visit.form(), "form_id"))
    await visit.desk.command(command(run_id=run_id, requested_by=visit.desk.person.called), command_id)
    outcome = await visit.desk.outcome(command_id)
    if outcome.state == "refused":
        return await runs.page(visit, run_id, refused, [reason.message for reason in outcome.reasons])
    return see(f"/runs/{run_id}" + ("?sent" if outcome.state == "unknown" else ""))


async def retry_failed(visit: Visit) -> Response:
    """Every certificate of the run that failed goes to the printer again."""
    run_id, form_id = visit.id_in_path("run_id"), text(await visit.form(), "form_id")
    run = await visit.desk.ask(RUN, AskRun(run_id=run_id))
    failed = [certificate.certificate_id for certificate in run.certificates if certificate.state == "failed"]
    side_by_side = asyncio.Semaphore(AT_ONCE)

    async def again(certificate_id: str) -> str:
        command_id = id_from("Retry", visit.desk.school_id, certificate_id, form_id)
        async with side_by_side:
            body = Retry(certificate_id=certificate_id, requested_by=visit.desk.person.called)
            await visit.desk.command(body, command_id)
        return command_id

    sent = await asyncio.gather(*map(again, failed))
    if sent:
        await visit.desk.outcome(sent[-1])
    return see(f"/runs/{run_id}")
