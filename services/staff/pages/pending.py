"""Pending progressions: review, untick, add notes, and "Start Certificate Generation"."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from starlette.responses import Response

from contracts.catalogue import PENDING
from contracts.commands import RefusalReason
from contracts.envelope import new_id
from contracts.queries import AskPending, Pending
from services.staff.forms import Unusable
from services.staff.selection import Selection, run_command_id
from services.staff.visit import Visit, see


async def show(visit: Visit) -> Response:
    pending = await visit.desk.ask(PENDING, AskPending())
    return await _page(visit, pending, Selection.everything(pending))


async def start(visit: Visit) -> Response:
    """One press is one run: the run's id was in the form, so pressing twice sends the same command twice."""
    selection = Selection.of(await visit.form())
    try:
        command = selection.command(visit.desk.person.called)
    except Unusable as unusable:
        return await _again(visit, selection, unusable.reasons)
    command_id = run_command_id(visit.desk.school_id, command.run_id)
    await visit.desk.command(command, command_id)
    outcome = await visit.desk.outcome(command_id)
    if outcome.state == "refused":
        return await _again(visit, selection, outcome.reasons)
    return see(f"/runs/{command.run_id}?started")


async def _again(visit: Visit, selection: Selection, reasons: Sequence[RefusalReason]) -> Response:
    """The page as it was sent, with what stood in the way. A new run: the refused one stays refused."""
    pending = await visit.desk.ask(PENDING, AskPending())
    return await _page(visit, pending, selection, reasons, HTTPStatus.UNPROCESSABLE_ENTITY)


async def _page(
    visit: Visit,
    pending: Pending,
    selection: Selection,
    reasons: Sequence[RefusalReason] = (),
    status: int = HTTPStatus.OK,
) -> Response:
    return await visit.page(
        "pending.html",
        status=status,
        pending=pending,
        selection=selection,
        run_id=new_id(),
        reasons=[(reason.message, _row_of(reason, selection)) for reason in reasons],
        names=_names(pending),
    )


def _row_of(reason: RefusalReason, selection: Selection) -> str | None:
    """The progression that a reason is about: `certificates.2.notes` is about the third ticked certificate."""
    part, _, rest = (reason.path or "").partition(".")
    index = rest.partition(".")[0]
    rows = {"certificates": selection.certificates, "level_changes": selection.level_changes}.get(part, ())
    return rows[int(index)] if index.isdigit() and int(index) < len(rows) else None


def _names(pending: Pending) -> dict[str, str]:
    """Whose progression it is, by progression."""
    certificates = {row.progression_id: row.student.name for row in pending.certificates}
    return certificates | {row.progression_id: row.student.name for row in pending.level_changes}
