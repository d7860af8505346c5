"""What is ticked and typed among the pending progressions, and the run that one press makes of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from starlette.datastructures import FormData

from contracts.certificates import StartGeneration
from contracts.commands import RefusalReason
from contracts.envelope import id_from
from contracts.queries import Pending
from services.staff.forms import Unusable, read_as, text, texts

NOTHING = RefusalReason(code="nothing_selected", message="Tick at least one certificate or level change.")


@dataclass(frozen=True, slots=True)
class Selection:
    """What is ticked and typed on the page."""

    certificates: tuple[str, ...]
    level_changes: tuple[str, ...]
    notes: dict[str, str] = field(default_factory=dict)
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
            run_id=text(form, "run_id"),
        )

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
        notes = self.notes.get(progression_id)
        return {"progression_id": progression_id, **({"notes": notes} if notes else {})}


def run_command_id(school_id: str, run_id: str) -> str:
    return id_from("start_generation", school_id, run_id)
