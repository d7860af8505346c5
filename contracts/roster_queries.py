"""Questions about who is at the school and what they learn: the ladder, the roster, and what an import would do."""

from __future__ import annotations

from typing import Literal

from contracts.base import Body, GivenId
from contracts.commands import RefusalReason
from contracts.roster import PutFamily, PutLevel, PutStudent, PutTeacher

RosterKind = Literal["levels", "teachers", "families", "students"]
"""In the order in which they are put: each knows those before it."""

# --- progression.query.levels


class LevelInUse(Body):
    """A level with its skills, as it would be put."""

    level: PutLevel
    students: int
    """How many are in it."""
    waiting: int
    """How many of its certificates nobody has acted on yet."""


class Levels(Body):
    """The ladder, in its order."""

    levels: tuple[LevelInUse, ...]


# --- progression.query.roster


class AskRoster(Body):
    kind: RosterKind
    after: GivenId | None = None
    """Those that come after this id."""


class RosterPage(Body):
    """Those of one kind as they would be put, by id: 2000 at most."""

    levels: tuple[PutLevel, ...] = ()
    teachers: tuple[PutTeacher, ...] = ()
    families: tuple[PutFamily, ...] = ()
    students: tuple[PutStudent, ...] = ()
    next_after: GivenId | None = None
    """There are more: ask for those after this id."""


# --- progression.query.import_check: the question is the command itself


class FieldChange(Body):
    field: str
    was: str | None = None
    now: str | None = None


class RosterChange(Body):
    """One that would be new, or changed."""

    kind: RosterKind
    id: GivenId
    name: str
    new: bool
    fields: tuple[FieldChange, ...]
    """Of a new one all that it has; of another what would be different."""


class RosterCount(Body):
    kind: RosterKind
    new: int
    changed: int
    same: int


class ImportCheck(Body):
    """What the import would do, if nothing stood in its way. 200 changes, problems and hints at most of each."""

    counts: tuple[RosterCount, ...]
    """Of those kinds that it is about."""
    changes: tuple[RosterChange, ...]
    changes_left_out: int = 0
    problems: tuple[RefusalReason, ...]
    """As long as there is one, nothing of it can be imported."""
    problems_left_out: int = 0
    hints: tuple[RefusalReason, ...] = ()
    """What stops nobody, and may be a mistake."""
