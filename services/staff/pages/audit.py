"""Who did what to which certificate, and when."""

from __future__ import annotations

from starlette.responses import Response

from contracts.audit import AskAudit, Audit
from contracts.catalogue import AUDIT
from services.kit.broker import NobodyAnswered, QueryRefused
from services.staff.forms import text, whole
from services.staff.roles import OFFICE
from services.staff.visit import NotFound, Visit

MOST = 200
"""Characters of a search."""


async def show(visit: Visit) -> Response:
    """All of it, or what was done to one certificate: an id may stand in an address."""
    before = visit.request.query_params.get("before") or None
    return await _page(visit, certificate_id=visit.id_asked_for("certificate"), before=_entry_id(before))


async def search(visit: Visit) -> Response:
    """A form that is posted although it changes nothing: a child's name does not belong in an address."""
    form = await visit.form()
    before = text(form, "before") or None
    return await _page(visit, searched=text(form, "search")[:MOST], before=_entry_id(before))


async def _page(
    visit: Visit, *, searched: str = "", certificate_id: str | None = None, before: int | None = None
) -> Response:
    asked = AskAudit(search=searched or None, certificate_id=certificate_id, before=before)
    found = await visit.desk.ask(AUDIT, asked)
    return await visit.page(
        "audit.html", audit=found, searched=searched, certificate_id=certificate_id, paged=before is not None
    )


async def of_certificate(visit: Visit, certificate_id: str) -> Audit | None:
    """What was done to it, for those who may look; None where it is not theirs, or nobody answers just now."""
    if not visit.desk.person.may(OFFICE):
        return None
    try:
        return await visit.desk.ask(AUDIT, AskAudit(certificate_id=certificate_id))
    except (NobodyAnswered, QueryRefused):
        return None


def _entry_id(asked: str | None) -> int | None:
    """NotFound for what is none."""
    if asked is None:
        return None
    entry_id = whole(asked)
    if not entry_id:
        raise NotFound
    return entry_id
