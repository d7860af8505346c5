"""Pending progressions: review, untick, add notes, and "Start Certificate Generation"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Self

from starlette.datastructures import FormData
from starlette.responses import Response

from contracts.catalogue import PENDING
from contracts.certificates import StartGeneration
from contracts.commands import RefusalReason
from contracts.envelope import id_from, new_id
from contracts.queries import AskPending, Pending
from services.staff.forms import Unusable, read_as, text, texts
from services.staff.visit import Visit, see

NOTHING = RefusalReason(code="nothing_selected", message="Tick at least one certificate or level change.")


@dataclass(frozen=True, slots=True)
class Selection:
    """What is ticked and typed on the page."""

    certificates: tuple[str, ...]
    level_changes: tuple[str, ...]
    notes: dict[str, str] = field(default_factory=dict)
    issue_date: str = ""
    email: bool = True
    run_id: str = ""

    @classmethod
    def everything(cls, pending: Pending) -> Self:
        """All that can go out is ticked, as staff expect it to be."""
        return cls(
            certificates=tuple(row.progression_id for row in pending.certificates if not row.blocked),
            level_changes=tuple(row.progression_id for row in pending.level_changes if not row.blocked),
        )

    @classmethod
    def of(cls, form: FormData) -> Self:
        return cls(
            certificates=texts(form, "certificate"),
            level_changes=texts(form, "level_change"),
            notes={name.removeprefix("notes-"): text(form, name) for name in form if name.startswith("notes-")},
            issue_date=text(form, "issue_date"),
            email=text(form, "email") == "send",
            run_id=text(form, "run_id"),
        )

    def command(self, requested_by: str) -> StartGeneration:
        """Unusable where nothing is ticked, or what is typed cannot be read."""
        if not self.certificates and not self.level_changes:
            raise Unusable((NOTHING,))
        return read_as(
            StartGeneration,
            {
                "run_id": self.run_id,
                "requested_by": requested_by,
                "issue_date": self.issue_date,
                "email": "send" if self.email else "none",
                "certificates": [self._selected(progression_id) for progression_id in self.certificates],
                "level_changes": self.level_changes,
            },
        )

    def _selected(self, progression_id: str) -> dict[str, str]:
        notes = self.notes.get(progression_id)
        return {"progression_id": progression_id, **({"notes": notes} if notes else {})}


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


def run_command_id(school_id: str, run_id: str) -> str:
    return id_from("start_generation", school_id, run_id)


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
