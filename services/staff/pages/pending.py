"""Pending progressions: narrow them, review, untick, add notes; the next page asks before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.datastructures import FormData
from starlette.responses import Response

from contracts.catalogue import PENDING
from contracts.commands import RefusalReason
from contracts.envelope import new_id
from contracts.queries import AskPending, Pending
from services.staff.listing import Listing
from services.staff.preflight import printable
from services.staff.review import LOOKS, Look, Review
from services.staff.selection import Selection
from services.staff.visit import Visit


async def show(visit: Visit) -> Response:
    return await _page(visit, await everything(visit))


def only_looks(form: FormData) -> bool:
    """Whether a button was pressed that shows the list in another way, and starts nothing."""
    return Look.of(form).step in LOOKS


async def look(visit: Visit) -> Response:
    """The list in another way, with every tick and note as it was."""
    return await _page(visit, await everything(visit), Selection.of(await visit.form()))


async def again(visit: Visit, reasons: Sequence[RefusalReason] = ()) -> Response:
    """The page as it was sent: to go on with, or with what stood in the way. A refused run stays refused."""
    return await _page(visit, await everything(visit), Selection.of(await visit.form()), reasons)


async def everything(visit: Visit) -> Pending:
    """All that waits."""
    return await visit.desk.ask(PENDING, AskPending())


async def _page(
    visit: Visit,
    pending: Pending,
    selection: Selection | None = None,
    reasons: Sequence[RefusalReason] = (),
) -> Response:
    """`reasons`: what stood in the way of starting; the page is as it was sent."""
    look = Look.of(await visit.form())
    review = Review.of(pending, Listing.of(visit.request.query_params), look, selection, datetime.now(UTC))
    if look.step == "check":
        review.findings, review.all_checked = await printable(visit.desk, review.certificates)
    return await visit.page(
        "pending.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if reasons else HTTPStatus.OK,
        review=review,
        as_sent=selection is not None,
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
