"""Questions about papers: which have not been handed out, what stands on them, and what is printed beside certificates.

`rendering.query.bare` and `rendering.query.checklist` answer with a PDF's bytes.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from contracts.base import LINE_PATTERN, Body, GivenId, LocalDate, Version
from contracts.certificates import LayoutRef
from contracts.queries import StudentRef, TeacherRef
from contracts.rendering import PaperSize

MOST_CHECKLIST_ROWS = 2000

# --- progression.query.not_presented, prints


class AskNotPresented(Body):
    venue_id: GivenId | None = None
    class_name: str | None = None
    teacher_id: GivenId | None = None
    run_id: GivenId | None = None


class NotPresentedCertificate(Body):
    certificate_id: GivenId
    version: Version
    number: str
    title: str
    student: StudentRef
    teacher: TeacherRef
    issued_on: LocalDate
    run_id: GivenId | None = None


class NotPresented(Body):
    """Issued certificates that nobody has handed out, newest first; 1000 at most."""

    certificates: tuple[NotPresentedCertificate, ...]
    more: bool
    """There are older ones too."""


class AskPrints(Body):
    certificate_ids: Annotated[tuple[GivenId, ...], Field(min_length=1, max_length=100)]


class CertificatePrint(Body):
    """What stands on the paper of the version that stands."""

    certificate_id: GivenId
    version: Version
    layout: LayoutRef
    fields: dict[str, str]
    first_name: str | None = None
    """As much of the recipient's name as the child is called by."""


class Prints(Body):
    """Those of the certificates that stand."""

    prints: tuple[CertificatePrint, ...]
    pupil: str | None = None
    """What the school calls a child whose name is not shown: `A swimmer`."""


# --- rendering.query.bare, checklist


class AskBare(Body):
    """A certificate as it is printed upon paper that has the rest on it already: what is filled in, and no more."""

    layout: LayoutRef
    fields: dict[str, str]


Line = Annotated[str, StringConstraints(max_length=500, pattern=LINE_PATTERN)]
"""A text for a list on paper."""


class ChecklistRow(Body):
    name: Line
    certificate: Line
    number: Line


class ChecklistGroup(Body):
    heading: Line
    rows: Annotated[tuple[ChecklistRow, ...], Field(min_length=1)]


class AskChecklist(Body):
    """A list to tick off by hand; 2000 rows at most."""

    title: Line
    subtitle: Line
    groups: Annotated[tuple[ChecklistGroup, ...], Field(max_length=2000)]
    paper: PaperSize = "A4"

    @model_validator(mode="after")
    def _is_no_book(self) -> Self:
        if sum(len(group.rows) for group in self.groups) > MOST_CHECKLIST_ROWS:
            raise ValueError(f"a checklist has {MOST_CHECKLIST_ROWS} rows at most")
        return self
