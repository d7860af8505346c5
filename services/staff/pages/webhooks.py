"""Webhooks: the other systems that events are sent to, how each fares, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from contracts.catalogue import ACT_ON_WEBHOOK, PUT_WEBHOOK, WEBHOOK, WEBHOOKS
from contracts.envelope import new_id
from contracts.queries import Everything
from contracts.webhook_queries import ActOnEndpoint, AskEndpoint, EndpointChanged, PutEndpoint
from services.kit.broker import QueryRefused
from services.staff.forms import given_id, text, texts
from services.staff.visit import Visit, is_missing, see

STATES = {"active": ("Active", "issued"), "failing": ("Failing", "failed"), "disabled": ("Disabled", "")}
PROGRESS = {"pending": ("Waiting", "issuing"), "delivered": ("Delivered", "issued"), "failed": ("Given up", "failed")}
NAMES = {
    "certificates.issued": "A certificate was issued",
    "certificates.withdrawn": "A certificate was withdrawn",
    "certificates.replaced": "A certificate was replaced by a corrected one",
    "certificates.erased": "A child was erased: the other system should erase it too",
    "progress.level_completed": "A child has completed a level",
    "progress.level_reopened": "A completed level is open again",
    "progress.level_changed": "A child has moved to another level",
    "webhooks.test": "A test",
}
"""What an event says, in words; one that is new here is called by its type."""
DONE = {
    "saved": "Saved.",
    "enable": "Active again. What waited is sent now; what happened meanwhile can be sent again below.",
    "disable": "Disabled. Nothing is sent there any more.",
    "test": "A test is on its way. Look again in a moment.",
}
NO_TYPES = "Choose at least one event."
NO_ADDRESS = "Give the address that the other system's makers have told you."
NO_TIME = "Choose from when on."


async def show_all(visit: Visit) -> Response:
    found = await visit.desk.ask(WEBHOOKS, Everything())
    return await visit.page("webhooks.html", endpoints=found.endpoints, states=STATES)


async def show_form(visit: Visit) -> Response:
    return await _form(visit)


async def add(visit: Visit) -> Response:
    """One form is one webhook: sent twice, it is still one, and its secret was shown the first time."""
    form = await visit.form()
    problems, changed = await _put(visit, given_id(text(form, "form_id")))
    if changed is None:
        return await _form(visit, problems)
    return await _shown(visit, changed)


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def change(visit: Visit) -> Response:
    problems, changed = await _put(visit, _endpoint_id(visit))
    if changed is None:
        return await _page(visit, problems)
    return see(f"/webhooks/{changed.endpoint.endpoint_id}?done=saved")


async def act(visit: Visit) -> Response:
    form = await visit.form()
    wanted, since = text(form, "act"), None
    if wanted == "replay":
        school = await visit.school()
        since = _moment(text(form, "since"), school.time_zone if school else "UTC")
        if since is None:
            return await _page(visit, [NO_TIME])
    try:
        command = ActOnEndpoint.model_validate(
            {
                "endpoint_id": _endpoint_id(visit),
                "act": wanted,
                "since": since,
                "requested_by": visit.desk.person.called,
            }
        )
    except ValidationError:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from None
    changed = await visit.desk.ask(ACT_ON_WEBHOOK, command)
    if changed.secret:
        return await _shown(visit, changed)
    if wanted == "replay":
        return see(f"/webhooks/{changed.endpoint.endpoint_id}?queued={changed.queued}")
    return see(f"/webhooks/{changed.endpoint.endpoint_id}?done={wanted}")


async def _put(visit: Visit, endpoint_id: str) -> tuple[list[str], EndpointChanged | None]:
    """What is wrong with it, or how it is kept."""
    form = await visit.form()
    url, types = text(form, "url"), texts(form, "types")
    problems = [words for is_there, words in ((url, NO_ADDRESS), (types, NO_TYPES)) if not is_there]
    if problems:
        return problems, None
    try:
        asked = PutEndpoint(
            endpoint_id=endpoint_id,
            url=url,
            description=text(form, "description")[:200],
            types=types,
            requested_by=visit.desk.person.called,
        )
    except ValidationError:
        return ["This cannot be kept: the address is too long, or an event has no such name."], None
    try:
        return [], await visit.desk.ask(PUT_WEBHOOK, asked)
    except QueryRefused as refusal:
        if is_missing(refusal):
            raise
        return [str(refusal)], None


async def _form(visit: Visit, problems: Sequence[str] = ()) -> Response:
    found = await visit.desk.ask(WEBHOOKS, Everything())
    form = await visit.form() if problems else None
    return await visit.page(
        "webhook_add.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        problems=problems,
        form_id=text(form, "form_id") if form else new_id(),
        url=text(form, "url") if form else "",
        description=text(form, "description") if form else "",
        types=found.types,
        chosen=texts(form, "types") if form else (),
        names=NAMES,
    )


async def _page(visit: Visit, problems: Sequence[str] = ()) -> Response:
    found = await visit.desk.ask(WEBHOOK, AskEndpoint(endpoint_id=_endpoint_id(visit)))
    asked = visit.request.query_params
    queued = asked.get("queued", "")
    done = DONE.get(asked.get("done", ""))
    if queued.isdecimal() and queued.isascii():
        done = f"{queued[:9]} events are sent again." if queued != "1" else "One event is sent again."
    return await visit.page(
        "webhook.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        endpoint=found.endpoint,
        deliveries=found.deliveries,
        types=found.types,
        problems=problems,
        done=done,
        states=STATES,
        progress=PROGRESS,
        names=NAMES,
    )


async def _shown(visit: Visit, changed: EndpointChanged) -> Response:
    """The secret, this once."""
    return await visit.page("webhook_secret.html", endpoint=changed.endpoint, secret=changed.secret)


def _endpoint_id(visit: Visit) -> str:
    return str(visit.request.path_params["endpoint_id"])


def _moment(typed: str, time_zone: str) -> datetime | None:
    """By the school's clock; None for what is no moment."""
    try:
        moment = datetime.fromisoformat(typed)
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))).astimezone(ZoneInfo("UTC"))
    except (ValueError, OverflowError):
        return None
