"""What is ticked and typed among the pending progressions, and the run that one press makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
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


def run_command_id(school_id: str, run_id: str) -> str:
    return id_from("start_generation", school_id, run_id)
