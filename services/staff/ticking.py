"""What was ticked off on a list of papers: those that changed, as commands.

Field names: `presented` is a certificate that has a tick now, `was` one that had it when the list was shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from starlette.datastructures import FormData

from contracts.certificates import MarkPresented
from contracts.envelope import id_from
from services.staff.forms import read_as, text, texts

AT_ONCE = 500
"""Certificates in one command."""


@dataclass(frozen=True, slots=True)
class Ticks:
    now: tuple[str, ...]
    before: tuple[str, ...]
    form_id: str
    """Of the list that was shown, or of the touch."""

    @classmethod
    def of(cls, form: FormData) -> Self:
        return cls(texts(form, "presented"), texts(form, "was"), text(form, "form_id"))

    def commands(self, requested_by: str) -> list[MarkPresented]:
        """None where nothing changed. Unusable where a certificate has no id."""
        changes = ((True, _without(self.now, self.before)), (False, _without(self.before, self.now)))
        return [
            read_as(MarkPresented, {"certificate_ids": some, "presented": presented, "requested_by": requested_by})
            for presented, changed in changes
            for some in _lots(changed)
        ]

    def command_id(self, school_id: str, command: MarkPresented) -> str:
        """The same for the same change of the same shown list, so that saving twice is once."""
        return id_from("mark_presented", school_id, self.form_id, command.model_dump_json())


def _without(some: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    left_out = set(others)
    return tuple(one for one in dict.fromkeys(some) if one not in left_out)


def _lots(ids: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for first in range(0, len(ids), AT_ONCE):
        yield ids[first : first + AT_ONCE]
