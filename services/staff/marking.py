"""What was marked on a class's page: the marks that changed, as one command a student.

Field names: `tick-<student>.<skill>` or `scale-<student>.<skill>` is what stands there now, the same after `was-` what
stood there when the page was shown, and `level-<student>` the level it is about. Ids never contain a dot.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.datastructures import FormData

from contracts.commands import RefusalReason
from contracts.envelope import id_from
from contracts.progress import RecordMarks
from services.staff.forms import Unusable, read_as, text

SCALE = "Give a whole number from 0 to 100."


@dataclass(frozen=True, slots=True)
class Marking:
    """One press of "Save marks"."""

    form: FormData
    teacher_id: str
    marked_on: str

    @classmethod
    def of(cls, form: FormData) -> Marking:
        return cls(form, text(form, "teacher_id"), text(form, "marked_on"))

    def commands(self) -> list[RecordMarks]:
        """One for each student with a changed mark. Unusable where one cannot be read."""
        changed: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
        for student_id, skill_id, value in self._changes():
            changed[student_id].append({"skill_id": skill_id, "value": value})
        return [self._command(student_id, marks) for student_id, marks in changed.items()]

    def command_id(self, school_id: str, command: RecordMarks) -> str:
        """The same for the same marks of the same shown page, so that saving twice marks once."""
        return id_from("record_marks", school_id, text(self.form, "form_id"), command.model_dump_json())

    def typed(self, field: str) -> str:
        """What stands in a field: a tick is `on` or empty, a scale its number."""
        return text(self.form, field)

    def _changes(self) -> Iterator[tuple[str, str, object]]:
        for was in self.form:
            field = was.removeprefix("was-")
            if field == was or self.typed(field) == self.typed(was):
                continue
            kind, _, ids = field.partition("-")
            student_id, _, skill_id = ids.partition(".")
            if kind == "tick":
                yield student_id, skill_id, self.typed(field) == "on"
            elif self.typed(field):
                # An emptied number says nothing: a mark is changed by a new one.
                yield student_id, skill_id, _scale(self.typed(field))

    def _command(self, student_id: str, marks: list[dict[str, object]]) -> RecordMarks:
        return read_as(
            RecordMarks,
            {
                "student_id": student_id,
                "level_id": text(self.form, f"level-{student_id}"),
                "teacher_id": self.teacher_id,
                "marked_on": self.marked_on,
                "marks": marks,
            },
        )


def _scale(typed: str) -> int:
    if not re.fullmatch(r"[0-9]{1,2}|100", typed):
        raise Unusable((RefusalReason(code="not_a_scale", message=SCALE),))
    return int(typed)
