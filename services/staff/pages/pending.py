"""Pending progressions: narrow them, review, untick, add notes, and "Start Certificate Generation"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.responses import Response

from contracts.catalogue import PENDING
from contracts.commands import RefusalReason
from contracts.envelope import new_id
from contracts.queries import AskPending, Pending
from services.staff.forms import Unusable
from services.staff.listing import Listing
from services.staff.preflight import printable
from services.staff.review import LOOKS, Look, Review
from services.staff.selection import Selection, run_command_id
from services.staff.visit import Visit, see


async def show(visit: Visit) -> Response:
    return await _page(visit, await _everything(visit))


async def press(visit: Visit) -> Response:
    """The form's buttons: all but one of them only look at the list in another way, and keep what was ticked."""
    look = Look.of(await visit.form())
    if look.step in LOOKS:
        return await _page(visit, await _everything(visit), Selection.of(await visit.form()), look)
    return await start(visit)


async def start(visit: Visit) -> Response:
    """One press is one run: the run's id was in the form, so pressing twice sends the same command twice."""
    selection = Selection.of(await visit.form())
    try:
        command = selection.command(visit.desk.person.called)
    except Unusable as unusable:
        return await again(visit, unusable.reasons)
    if reasons := selection.objections(await _everything(visit)):
        return await again(visit, reasons)
    command_id = run_command_id(visit.desk.school_id, command.run_id)
    await visit.desk.command(command, command_id)
    outcome = await visit.desk.outcome(command_id)
    if outcome.state == "refused":
        return await again(visit, outcome.reasons)
    return see(f"/runs/{command.run_id}?started")


async def again(visit: Visit, reasons: Sequence[RefusalReason] = ()) -> Response:
    """The page as it was sent, with what stood in the way. A new run: a refused one stays refused."""
    return await _page(visit, await _everything(visit), Selection.of(await visit.form()), reasons=reasons)


async def _everything(visit: Visit) -> Pending:
    return await visit.desk.ask(PENDING, AskPending())


async def _page(
    visit: Visit,
    pending: Pending,
    selection: Selection | None = None,
    look: Look | None = None,
    reasons: Sequence[RefusalReason] = (),
) -> Response:
    """`reasons`: what stood in the way of starting; the page is as it was sent."""
    look = look or Look.of(await visit.form())
    review = Review.of(pending, Listing.of(visit.request.query_params), look, selection, datetime.now(UTC))
    if look.step == "check":
        review.findings, review.all_checked = await printable(visit.desk, review.certificates)
    return await visit.page(
        "pending.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if reasons else HTTPStatus.OK,
        review=review,
        ticked_certificates=set(review.selection.certificates),
        ticked_changes=set(review.selection.level_changes),
        run_id=new_id(),
        reasons=[(reason.message, _row_of(reason, selection)) for reason in reasons],
        names=_names(pending),
    )


def _row_of(reason: RefusalReason, selection: Selection | None) -> str | None:
    """The progression that a reason is about: `certificates.2.notes` is about the third ticked certificate."""
    part, _, rest = (reason.path or "").partition(".")
    index = rest.partition(".")[0]
    ticked = selection or Selection((), ())
    rows = {"certificates": ticked.certificates, "level_changes": ticked.level_changes}.get(part, ())
    return rows[int(index)] if index.isdigit() and int(index) < len(rows) else None


def _names(pending: Pending) -> dict[str, str]:
    """Whose progression it is, by progression."""
    certificates = {row.progression_id: row.student.name for row in pending.certificates}
    return certificates | {row.progression_id: row.student.name for row in pending.level_changes}
