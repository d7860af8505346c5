"""What is ticked and typed among the pending progressions, and the run that one press makes of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self, TypeAlias

from starlette.datastructures import FormData

from contracts.certificates import StartGeneration
from contracts.commands import RefusalReason
from contracts.envelope import id_from
from contracts.queries import Pending, PendingCertificate, PendingLayout, PendingLevelChange
from services.staff.forms import Unusable, read_as, text, texts

Part: TypeAlias = PendingCertificate | PendingLevelChange

NOTHING = RefusalReason(code="nothing_selected", message="Tick at least one certificate or level change.")


@dataclass(frozen=True, slots=True)
class Selection:
    """What is ticked and typed on the page."""

    certificates: tuple[str, ...]
    level_changes: tuple[str, ...]
    notes: dict[str, str] = field(default_factory=dict)
    """Of rows that have a note of their own."""
    note: str = ""
    """The note for all others."""
    noteless: frozenset[str] = frozenset()
    """Progressions whose layouts show no notes: the page has said so."""
    run_id: str = ""

    @classmethod
    def everything(cls, pending: Pending) -> Self:
        """All that can go out is ticked, as staff expect it to be."""
        return cls(
            certificates=tuple(row.progression_id for row in pending.certificates if can_go_out(row)),
            level_changes=tuple(row.progression_id for row in pending.level_changes if not row.blocked),
        )

    @classmethod
    def of(cls, form: FormData) -> Self:
        return cls(
            certificates=_ticked(form, "certificate"),
            level_changes=_ticked(form, "level_change"),
            notes={name.removeprefix("notes-"): text(form, name) for name in form if name.startswith("notes-")},
            note=text(form, "note"),
            noteless=frozenset(text(form, "noteless").split()),
            run_id=text(form, "run_id"),
        )

    @property
    def progressions(self) -> set[str]:
        """All of which anything is ticked."""
        return {*self.certificates, *self.level_changes}

    def among(self, pending: Pending) -> Self:
        """What of it still waits: somebody else may have issued the rest."""
        return replace(
            self,
            certificates=_among(self.certificates, pending.certificates),
            level_changes=_among(self.level_changes, pending.level_changes),
        )

    def with_ticks(self, pending: Pending, *, on: bool) -> Self:
        """All of these ticked, or none of them; what is not among them stays as it is."""
        others = replace(
            self,
            certificates=_beside(self.certificates, pending.certificates),
            level_changes=_beside(self.level_changes, pending.level_changes),
        )
        if not on:
            return others
        these = Selection.everything(pending)
        return replace(
            others,
            certificates=(*others.certificates, *these.certificates),
            level_changes=(*others.level_changes, *these.level_changes),
        )

    def note_of(self, progression_id: str) -> str:
        """What will be printed: a row's own note wins over the note for all."""
        shared = "" if progression_id in self.noteless else self.note
        return self.notes.get(progression_id) or shared

    def objections(self, pending: Pending) -> tuple[RefusalReason, ...]:
        """Notes that are longer than their layouts take: told before anything is sent."""
        rows = {row.progression_id: row for row in pending.certificates}
        too_long: dict[str, RefusalReason] = {}
        for place, progression_id in enumerate(self.certificates):
            said, layout = self.note_of(progression_id), _noted_layout(rows.get(progression_id))
            if layout is None or len(said) <= (layout.notes_max_length or len(said)):
                continue
            if self.notes.get(progression_id):
                too_long[progression_id] = _too_long("This note", said, layout, f"certificates.{place}.notes")
            else:
                too_long.setdefault(layout.layout_id, _too_long("The note for all", said, layout))
        return tuple(too_long.values())

    def without(self, certificates: Collection[str], level_changes: Collection[str]) -> Self:
        """What is left when these stay where they are."""
        return replace(
            self,
            certificates=tuple(each for each in self.certificates if each not in certificates),
            level_changes=tuple(each for each in self.level_changes if each not in level_changes),
        )

    def command(self, requested_by: str, options: Mapping[str, object] | None = None) -> StartGeneration:
        """With these options of the command. Unusable where nothing is ticked, or what is typed cannot be read."""
        if not self.certificates and not self.level_changes:
            raise Unusable((NOTHING,))
        return read_as(
            StartGeneration,
            {
                "run_id": self.run_id,
                "requested_by": requested_by,
                "certificates": [self._selected(progression_id) for progression_id in self.certificates],
                "level_changes": self.level_changes,
                **(options or {}),
            },
        )

    def _selected(self, progression_id: str) -> dict[str, str]:
        notes = self.note_of(progression_id)
        return {"progression_id": progression_id, **({"notes": notes} if notes else {})}


@dataclass(frozen=True, slots=True)
class Tally:
    """What a selection comes to, in the words of the bar below the list."""

    selected: int
    certificates: int
    level_changes: int
    blocked: int
    families: int

    @classmethod
    def of(cls, selection: Selection, pending: Pending, matching: Pending) -> Self:
        ticked = set(selection.certificates)
        issued = [row for row in pending.certificates if row.progression_id in ticked]
        return cls(
            selected=len(selection.progressions),
            certificates=len(selection.certificates),
            level_changes=len(selection.level_changes),
            blocked=sum(not can_go_out(row) for row in matching.certificates),
            families=len({row.student.family_id for row in issued if is_mailed(row)}),
        )


def can_go_out(row: PendingCertificate) -> bool:
    """Nothing stands in its way: a run that selects it would not be refused because of it."""
    return row.blocked is None and not any(warning.stops for warning in row.warnings)


def is_mailed(row: PendingCertificate) -> bool:
    """Somebody of the family has an address, as far as is known."""
    return row.guardians != 0


def run_command_id(school_id: str, run_id: str) -> str:
    return id_from("start_generation", school_id, run_id)


def _ticked(form: FormData, part: str) -> tuple[str, ...]:
    """The boxes on the page, and those that were ticked on other pages, which are one field: `certificates`."""
    return tuple(dict.fromkeys((*texts(form, part), *text(form, f"{part}s").split())))


def _among(ids: tuple[str, ...], rows: Sequence[Part]) -> tuple[str, ...]:
    these = {row.progression_id for row in rows}
    return tuple(id_ for id_ in ids if id_ in these)


def _beside(ids: tuple[str, ...], rows: Sequence[Part]) -> tuple[str, ...]:
    these = {row.progression_id for row in rows}
    return tuple(id_ for id_ in ids if id_ not in these)


def _noted_layout(row: PendingCertificate | None) -> PendingLayout | None:
    return row.layout if row and row.layout and row.layout.shows_notes else None


def _too_long(what: str, said: str, layout: PendingLayout, path: str | None = None) -> RefusalReason:
    message = f"{what} has {len(said)} characters; “{layout.name}” has room for {layout.notes_max_length}."
    return RefusalReason(code="too_long", message=message, path=path)
