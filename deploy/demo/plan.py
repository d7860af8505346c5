"""What staff decide on the pending screen: whom to issue now, whom not, and what to write."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.certificates import SelectedCertificate, StartGeneration
from contracts.envelope import new_id
from contracts.queries import Pending, PendingCertificate, PendingLevelChange

NOTE = "Ka pai! A calm swimmer who helps everybody in the lane."
STAFF = "Priya Raman"


@dataclass(frozen=True)
class Plan:
    selected: tuple[PendingCertificate, ...]
    unticked: tuple[PendingCertificate, ...]
    blocked: tuple[PendingCertificate, ...]
    level_changes: tuple[PendingLevelChange, ...]
    """Of those selected: they move up in the same run."""
    noted: PendingCertificate | None
    note: str = NOTE

    def command(self) -> StartGeneration:
        return StartGeneration(
            run_id=new_id(),
            requested_by=STAFF,
            certificates=tuple(
                SelectedCertificate(progression_id=one.progression_id, notes=self.note if one == self.noted else None)
                for one in self.selected
            ),
            level_changes=tuple(change.progression_id for change in self.level_changes),
        )


def decide(pending: Pending) -> Plan:
    """Untick the last of those that could be issued (if there are two), and write a note on the first that shows it."""
    issuable = tuple(one for one in pending.certificates if one.blocked is None)
    keep = max(1, len(issuable) - 1)
    selected = issuable[:keep]
    moving_up = {one.progression_id for one in selected}
    return Plan(
        selected=selected,
        unticked=issuable[keep:],
        blocked=tuple(one for one in pending.certificates if one.blocked is not None),
        level_changes=tuple(
            one for one in pending.level_changes if one.progression_id in moving_up and not one.blocked
        ),
        noted=next((one for one in selected if one.layout and one.layout.shows_notes), None),
    )
