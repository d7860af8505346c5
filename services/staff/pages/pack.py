"""A run's print pack: how it is wanted, the PDF, and the papers ticked off as they are handed out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus

from starlette.responses import Response

from contracts.catalogue import RUN, SCHOOL_ITSELF
from contracts.envelope import new_id
from contracts.queries import AskRun, Everything, Run, RunCertificate
from services.kit.broker import QueryRefused
from services.staff.lists import grouped, in_order
from services.staff.packs.choices import Choices
from services.staff.packs.packs import Contents, Order, Pack, Packs, TooManyPacks
from services.staff.pages import handing_out
from services.staff.screens import moment
from services.staff.visit import Visit

MOST = 500
"""Certificates in one pack; a larger run is printed in parts."""
COVER = "Certificates to hand out"


class PackPages:
    def __init__(self, packs: Packs) -> None:
        self._packs = packs

    async def show(self, visit: Visit) -> Response:
        return await _page(visit)

    async def save(self, visit: Visit) -> Response:
        return await handing_out.save(visit, _page)

    async def open(self, visit: Visit) -> Response:
        """The PDF as soon as there is one. Until then how far it is, at the same address: looked at again, it is it."""
        choices = Choices.of(visit.request.query_params)
        order = Order(visit.desk.school_id, visit.id_in_path("run_id"), choices)
        pack = self._packs.of(order)
        # One that somebody waited for is shown, whatever was ticked meanwhile; opened again, it is as things are.
        if pack is None or pack.was_opened:
            contents = await _contents(visit, choices)
            if not contents.certificates:
                return await _nothing(visit)
            try:
                pack = self._packs.with_these(order, contents, visit.desk)
            except TooManyPacks:
                return _too_many(visit)
        if pack.state == "ready":
            return _pdf(visit, pack)
        return await self._progress(visit, order, pack)

    async def _progress(self, visit: Visit, order: Order, pack: Pack) -> Response:
        if pack.state == "failed" and visit.request.method == "GET":
            # It has been said: whoever asks again tries again.
            self._packs.forget(order)
        return await visit.page(
            "pack_making.html",
            pack=pack,
            run_id=order.run_id,
            again=order.choices.address,
            without=order.choices.without_these(pack.missing).address,
        )


def _pdf(visit: Visit, pack: Pack) -> Response:
    if visit.request.method == "GET":
        pack.was_opened = True
    headers = {"Content-Disposition": 'inline; filename="print-pack.pdf"'}
    return Response(pack.pdf, media_type="application/pdf", headers=headers)


async def _contents(visit: Visit, choices: Choices) -> Contents:
    run = await visit.desk.ask(RUN, AskRun(run_id=visit.id_in_path("run_id")))
    papers = in_order(grouped(_wanted(run, choices)))
    first = MOST * (choices.part - 1)
    some = tuple(papers[first : first + MOST])
    return Contents(some, COVER, await _subtitle(visit, run, choices, len(some), len(papers)))


async def _subtitle(visit: Visit, run: Run, choices: Choices, count: int, of: int) -> str:
    try:
        school = await visit.desk.ask(SCHOOL_ITSELF, Everything())
        name, time_zone = school.name, school.time_zone
    except QueryRefused:
        name, time_zone = "", "UTC"
    parts = f"part {choices.part} of {_parts(of)}" if of > MOST else ""
    said = [name, moment(run.requested_at, time_zone), run.requested_by, _counted(count), parts]
    return " · ".join(part for part in said if part)


def _counted(count: int) -> str:
    return f"{count} certificate{'' if count == 1 else 's'}"


def _standing(run: Run) -> list[RunCertificate]:
    """Those whose newest version is issued: what is being corrected is printed when it is."""
    return [one for one in run.certificates if one.state == "issued"]


def _wanted(run: Run, choices: Choices) -> list[RunCertificate]:
    left_out = set(choices.without.split("."))
    return [
        one
        for one in _standing(run)
        if one.certificate_id not in left_out and (choices.which == "all" or one.presented_at is None)
    ]


def _parts(count: int) -> int:
    return -(-count // MOST)


async def _page(visit: Visit, reasons: Sequence[str] = ()) -> Response:
    run = await visit.desk.ask(RUN, AskRun(run_id=visit.id_in_path("run_id")))
    standing = _standing(run)
    states = Counter(one.state for one in run.certificates)
    return await visit.page(
        "pack.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if reasons else HTTPStatus.OK,
        run=run,
        groups=grouped(standing),
        count=len(standing),
        handed_out=sum(one.presented_at is not None for one in standing),
        most=MOST,
        parts_count=_parts(len(standing)),
        left_out=[(state, states[state]) for state in ("issuing", "failed", "withdrawn") if states[state]],
        reasons=reasons,
        sent=handing_out.SENT in visit.request.query_params,
        form_id=new_id(),
    )


async def _nothing(visit: Visit) -> Response:
    return await visit.page(
        "problem.html",
        status=HTTPStatus.NOT_FOUND,
        title="There is nothing to print",
        message="No certificate of this run is as you chose. Go back and choose others.",
    )


def _too_many(visit: Visit) -> Response:
    return visit.problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Several packs are being made",
        "Your school waits for a few already. Try again when one of them is open.",
        again=True,
        typed=[],
    )
