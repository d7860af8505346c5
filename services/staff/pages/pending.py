"""Pending progressions: review, untick, add notes; the next page asks before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from starlette.responses import Response

from contracts.catalogue import PENDING
from contracts.commands import RefusalReason
from contracts.envelope import new_id
from contracts.queries import AskPending, Pending
from services.staff.selection import Selection
from services.staff.visit import Visit


async def show(visit: Visit) -> Response:
    pending = await visit.desk.ask(PENDING, AskPending())
    return await _page(visit, pending, Selection.everything(pending))


async def again(visit: Visit, reasons: Sequence[RefusalReason] = ()) -> Response:
    """The page as it was sent: to go on with, or with what stood in the way."""
    pending = await visit.desk.ask(PENDING, AskPending())
    status = HTTPStatus.UNPROCESSABLE_ENTITY if reasons else HTTPStatus.OK
    return await _page(visit, pending, Selection.of(await visit.form()), reasons, status)


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
