"""One look at the pending progressions: what is shown of them, and what is ticked, here and on other pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Self

from starlette.datastructures import FormData

from contracts.queries import Pending, PendingCertificate, PendingLayout, PendingLevelChange
from services.staff.forms import text
from services.staff.listing import ON_A_PAGE, Listing, Menus, Waits, all_that_waits
from services.staff.preflight import Findings, Remark, remarks
from services.staff.selection import Selection, Tally, can_go_out, is_mailed

LOOKS = ("search", "page", "tick", "untick", "tickpage", "untickpage", "check")
"""What the form's buttons do that start nothing."""


@dataclass(frozen=True, slots=True)
class Look:
    """Which button was pressed, and what is searched for. A child's name is in no address, so this is posted."""

    step: str = ""
    page: int = 1
    searched: str = ""
    part: str = ""
    """Where all are ticked or unticked: `certificate` or `level_change`."""

    @classmethod
    def of(cls, form: FormData) -> Self:
        """`act` is `search`, `page-2`, `tick-certificate`, `untickpage-level_change` or `check`."""
        step, _, which = text(form, "act").partition("-")
        page = {"page": which, "search": "1"}.get(step, text(form, "shown"))
        searched = text(form, "search") if step in LOOKS else ""
        return cls(step, int(page) if page.isdecimal() and len(page) < 6 else 1, searched, which)

    def ticked(self, selection: Selection, matching: Pending, here: Pending) -> Selection:
        """As it is when that button was pressed: all that match, or those on this page."""
        if self.step.removesuffix("page") not in ("tick", "untick"):
            return selection
        meant = here if self.step.endswith("page") else matching
        part = Pending(
            certificates=meant.certificates if self.part == "certificate" else (),
            level_changes=meant.level_changes if self.part == "level_change" else (),
        )
        return selection.with_ticks(part, on=self.step.startswith("tick"))


@dataclass(slots=True)
class Review:
    """What the page shows."""

    listing: Listing
    menus: Menus
    look: Look
    selection: Selection
    found: Sequence[Waits]
    """All that match."""
    matching: Pending
    """The same, by part."""
    page: int
    waiting: int
    """How many there are before any filter."""
    tally: Tally
    elsewhere: Elsewhere
    noteless: Sequence[str]
    """Who of all that wait has a layout that shows no notes."""
    findings: Findings = field(default_factory=dict)
    all_checked: bool = True

    @classmethod
    def of(cls, pending: Pending, listing: Listing, look: Look, selection: Selection | None, now: datetime) -> Self:
        """Without a selection, all that matches is ticked."""
        waiting = all_that_waits(pending)
        found = listing.rows(waiting, now, look.searched)
        matching = _pending(found)
        page = max(1, min(look.page, _pages(found)))
        here = _pending(_on_page(found, page))
        before = (selection or Selection.everything(matching)).among(pending)
        ticked = look.ticked(before, matching, here)
        return cls(
            listing=listing,
            menus=Menus.of(waiting),
            look=look,
            selection=ticked,
            found=found,
            matching=matching,
            page=page,
            waiting=len(waiting),
            tally=Tally.of(ticked, pending, matching),
            elsewhere=Elsewhere.of(ticked, pending, here),
            noteless=[row.progression_id for row in pending.certificates if row.layout and not row.layout.shows_notes],
        )

    @property
    def pages(self) -> int:
        return _pages(self.found)

    @property
    def rows(self) -> Sequence[Waits]:
        return _on_page(self.found, self.page)

    @property
    def certificates(self) -> list[PendingCertificate]:
        return [row.certificate for row in self.rows if row.certificate]

    @property
    def level_changes(self) -> list[PendingLevelChange]:
        return [row.change for row in self.rows if row.change]

    @property
    def noting_layouts(self) -> list[PendingLayout]:
        """Those that show notes, of what matches: the note for all is for them."""
        layouts = [row.certificate.layout for row in self.found if row.certificate]
        shown = {layout.layout_id: layout for layout in layouts if layout and layout.shows_notes}
        return sorted(shown.values(), key=lambda layout: (layout.notes_max_length or 0, layout.name))

    def remarks(self, row: PendingCertificate) -> list[Remark]:
        return remarks(row, self.findings)

    def can_go_out(self, row: PendingCertificate) -> bool:
        return can_go_out(row)

    def is_mailed(self, row: PendingCertificate) -> bool:
        return is_mailed(row)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What is ticked and typed and not on this page: the form carries it along."""

    certificates: tuple[str, ...]
    level_changes: tuple[str, ...]
    families: tuple[str, ...]
    """Who of them will be mailed."""
    notes: dict[str, str]

    @classmethod
    def of(cls, selection: Selection, pending: Pending, here: Pending) -> Self:
        others = selection.with_ticks(here, on=False)
        ticked = set(others.certificates)
        mailed = [row for row in pending.certificates if row.progression_id in ticked and is_mailed(row)]
        shown = {row.progression_id for row in here.certificates}
        return cls(
            certificates=others.certificates,
            level_changes=others.level_changes,
            families=tuple(sorted({row.student.family_id for row in mailed})),
            notes={id_: note for id_, note in selection.notes.items() if note and id_ not in shown},
        )


def _pages(found: Sequence[Waits]) -> int:
    return max(1, ceil(len(found) / ON_A_PAGE))


def _on_page(found: Sequence[Waits], page: int) -> Sequence[Waits]:
    return found[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]


def _pending(rows: Sequence[Waits]) -> Pending:
    return Pending(
        certificates=tuple(row.certificate for row in rows if row.certificate),
        level_changes=tuple(row.change for row in rows if row.change),
    )
