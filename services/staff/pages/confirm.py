"""Before a run starts: what it will do, when it is dated and mailed, and what stands in its way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from starlette.datastructures import FormData
from starlette.responses import Response

from contracts.catalogue import RUN_PREVIEW, SCHOOL_ITSELF
from contracts.commands import RefusalReason
from contracts.envelope import new_id
from contracts.queries import Everything
from contracts.run_queries import Obstacle, Taken
from services.staff.forms import Unusable, text, texts
from services.staff.pages import pending
from services.staff.run_stages import duration
from services.staff.selection import Selection, run_command_id
from services.staff.timing import Timing
from services.staff.visit import Visit, see

LEFT_OUT = {"certificate": "left_out_certificate", "level_change": "left_out_level_change"}
"""The fields that say what the page has said will not be in the run, by the part of a progression."""

OWN = {
    "form_token",
    "run_id",
    "back",
    "came_from",
    "issue_date",
    "mail",
    "later_at",
    "kept_date",
    "today",
    *LEFT_OUT.values(),
}
"""All other fields are the pending page's: they are carried along, and back to it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is ticked and chosen, and what came of the press."""

    selection: Selection
    timing: Timing
    reasons: Sequence[RefusalReason] = ()
    unusual_date: str | None = None
    refused: bool = False


class Confirm:
    def __init__(self, undo_s: int) -> None:
        """`undo_s`: how long a run's mail is held, so that it can be undone; 0: not at all."""
        self._undo_s = undo_s

    async def ask(self, visit: Visit) -> Response:
        """What was ticked and typed on the pending page is looked at, or goes back there; nothing is started."""
        form = await visit.form()
        if pending.only_looks(form):
            return await pending.look(visit)
        if "back" in form:
            return await pending.again(visit)
        selection = Selection.of(form)
        try:
            selection.command(visit.desk.person.called)
        except Unusable as unusable:
            return await pending.again(visit, unusable.reasons)
        if reasons := selection.objections(await pending.everything(visit)):
            return await pending.again(visit, reasons)
        return await self._page(visit, form, Asked(selection, Timing()))

    async def start(self, visit: Visit) -> Response:
        """One press is one run: the run's id was in the form, so pressing twice sends the same command twice."""
        form = await visit.form()
        asked = Asked(Selection.of(form), Timing.of(form))
        now_possible = asked.selection.without(*(texts(form, name) for name in LEFT_OUT.values()))
        try:
            asked.selection.command(visit.desk.person.called)
        except Unusable as unusable:
            return await pending.again(visit, unusable.reasons)
        try:
            options = asked.timing.options(datetime.now(UTC), self._undo_s, await _time_zone(visit))
            command = now_possible.command(visit.desk.person.called, options)
        except Unusable as unusable:
            return await self._page(visit, form, replace(asked, reasons=unusable.reasons))
        if command.certificates and (unusual := asked.timing.unusual_date()):
            return await self._page(visit, form, replace(asked, unusual_date=unusual))
        command_id = run_command_id(visit.desk.school_id, command.run_id)
        await visit.desk.command(command, command_id)
        outcome = await visit.desk.outcome(command_id)
        if outcome.state == "refused":
            return await self._page(visit, form, replace(asked, reasons=outcome.reasons, refused=True))
        return see(f"/runs/{command.run_id}?started")

    async def _page(self, visit: Visit, form: FormData, asked: Asked) -> Response:
        """What would be done now. A run that was refused stays refused: the next press is another run."""
        preview = await visit.desk.ask(RUN_PREVIEW, asked.selection.command(visit.desk.person.called))
        return await visit.page(
            "confirm.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if asked.reasons or asked.unusual_date else HTTPStatus.OK,
            preview=preview,
            timing=replace(asked.timing, issue_date=asked.timing.issue_date or preview.today.isoformat()),
            unusual_date=asked.unusual_date,
            reasons=_not_told_by(preview.obstacles, asked.reasons),
            refused=asked.refused,
            takers=_takers(preview.obstacles),
            run_id=new_id() if asked.refused else asked.selection.run_id,
            came_from=text(form, "came_from") or visit.request.url.query,
            carried=[(name, value) for name, value in form.multi_items() if name not in OWN],
            left_out=[(LEFT_OUT[obstacle.part], obstacle.progression_id) for obstacle in preview.obstacles],
            mailed_at=datetime.now(UTC) + timedelta(seconds=self._undo_s),
            undo_s=self._undo_s,
            undo_words=duration(self._undo_s),
        )


async def _time_zone(visit: Visit) -> str:
    school = await visit.desk.ask(SCHOOL_ITSELF, Everything())
    return school.time_zone


def _takers(obstacles: Sequence[Obstacle]) -> list[tuple[Taken, str, int]]:
    """Who has acted on these before: once for each of their runs and what it did, with how many."""
    counted = Counter(
        (each.taken.requested_by, each.taken.run_id, each.part) for each in obstacles if each.taken is not None
    )
    first = {(each.taken.requested_by, each.taken.run_id): each.taken for each in obstacles if each.taken is not None}
    return [(first[by, run_id], part, count) for (by, run_id, part), count in counted.items()]


def _not_told_by(obstacles: Sequence[Obstacle], reasons: Sequence[RefusalReason]) -> list[str]:
    """What the page does not say anyway, beside the student whom it is about."""
    told = {obstacle.message for obstacle in obstacles}
    return [reason.message for reason in reasons if reason.message not in told]
