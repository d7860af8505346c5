"""What the pages of a run ask progression: what would come of one, and how far one is.

Forms and errors as in `queries`.
"""

from __future__ import annotations

from typing import Literal

from contracts.base import Body, EmailPolicy, GivenId, Instant, LocalDate, Version
from contracts.queries import LevelRef, StudentRef
from contracts.rendering import FailureReason

# --- progression.query.run_preview: asked with the command itself, `certificates.cmd.start_generation`


class Taken(Body):
    """Somebody else has acted on it: who, when, and in which run."""

    requested_by: str
    requested_at: Instant
    run_id: GivenId | None = None
    certificate_id: GivenId | None = None


class Obstacle(Body):
    """Why one part of a progression cannot be in the run. With one obstacle the whole run would be refused."""

    part: Literal["certificate", "level_change"]
    progression_id: str
    code: str
    message: str
    student: StudentRef | None = None
    """Absent where the progression is not there any more."""
    level: LevelRef | None = None
    taken: Taken | None = None
    """Where that is the obstacle."""


class RunPreview(Body):
    """What would come of this run if it was started now, without what stands in its way. Asking changes nothing."""

    certificates: int
    students: int
    """Who get the certificates."""
    level_changes: int
    families: int
    """Of these students, those that have an address."""
    without_address: tuple[StudentRef, ...]
    """The students whose family has none."""
    today: LocalDate
    """At the students' venue; at the school where they come from several."""
    obstacles: tuple[Obstacle, ...]
    """In the order of the command."""


# --- progression.query.run_states


class RunRow(Body):
    """The newest version of one certificate of the run."""

    certificate_id: GivenId
    version: Version
    state: Literal["issuing", "issued", "failed", "withdrawn", "replaced"]
    printing: bool
    """It was given to rendering."""
    printed: bool
    """There is a PDF of it."""
    reason: FailureReason | None = None


class RunStates(Body):
    """What of a run changes while it goes on: small enough to be asked every second."""

    requested_at: Instant
    email: EmailPolicy
    send_after: Instant | None = None
    rows: tuple[RunRow, ...]
    """In the order of their numbers."""
    cancelled: bool
    undone: bool
