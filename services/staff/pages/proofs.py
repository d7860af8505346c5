"""Preview: the real certificate of a pending progression, before it is issued."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response

from contracts.catalogue import PENDING, PICTURE, PREVIEW
from contracts.proofs import AskPicture, AskPreview
from contracts.queries import AskPending
from services.kit.broker import QueryRefused
from services.staff.forms import Unusable, read_as, text
from services.staff.visit import NotFound, Visit


async def show(visit: Visit) -> Response:
    """A page with the picture, for a browser without script. It shows no note that was typed and not yet sent."""
    progression_id = visit.id_in_path("progression_id")
    pending = await visit.desk.ask(PENDING, AskPending(progression_ids=(progression_id,)))
    row = next((row for row in pending.certificates if row.progression_id == progression_id), None)
    if row is None:
        raise NotFound
    why_not = None
    try:
        await visit.desk.ask(PREVIEW, AskPreview(progression_id=progression_id))
    except QueryRefused as refusal:
        why_not = str(refusal)
    return await visit.page("pending_preview.html", row=row, why_not=why_not)


async def picture(visit: Visit) -> Response:
    """The JPEG. Posted with the note that is typed beside it: that is in no address."""
    typed = {"progression_id": visit.id_in_path("progression_id"), "notes": text(await visit.form(), "notes")}
    try:
        preview = await visit.desk.ask(PREVIEW, read_as(AskPreview, typed))
        asked = AskPicture(**preview.layout.model_dump(), fields=preview.fields)
        jpeg = await visit.desk.ask_bytes(PICTURE, asked)
    except Unusable as unusable:
        return _none(visit, HTTPStatus.UNPROCESSABLE_ENTITY, unusable.reasons[0].message)
    except QueryRefused as refusal:
        busy = refusal.code == "busy"
        return _none(visit, HTTPStatus.SERVICE_UNAVAILABLE if busy else HTTPStatus.UNPROCESSABLE_ENTITY, str(refusal))
    return Response(jpeg, media_type="image/jpeg")


def _none(visit: Visit, status: HTTPStatus, why: str) -> Response:
    return visit.problem(status, "There is no preview just now", why)
