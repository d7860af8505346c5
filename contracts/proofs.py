"""Questions about a certificate before it is issued: how it would look, and whether it could be printed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from contracts.base import Body, GivenId, LocalDate, Notes, Version
from contracts.certificates import LayoutRef
from contracts.rendering import FailureReason, FieldName

# --- progression.query.preview


class AskPreview(Body):
    """What a pending certificate would say if it were issued now, with these wishes."""

    progression_id: str
    notes: Notes | None = None
    teacher_id: GivenId | None = None
    issue_date: LocalDate | None = None


class Preview(Body):
    layout: LayoutRef
    fields: dict[str, str]
    """As they would be frozen."""
    placeholders: tuple[FieldName, ...]
    """Fields that a certificate only has once it is issued: what is said of them here is an example."""


# --- rendering.query.preview, check


class AskPicture(Body):
    """A certificate as it would be printed, without being issued."""

    layout_id: GivenId
    layout_version: Version
    fields: dict[str, Annotated[str, Field(max_length=2000)]]


class PictureBytes(Body):
    """The reply is no JSON but a JPEG, 800 pixels wide at most; this stands for it in the table of queries."""


class Check(Body):
    """One text in one field of a layout version."""

    layout_id: GivenId
    layout_version: Version
    field: FieldName
    text: Annotated[str, Field(max_length=2000)]


class AskCheck(Body):
    """Would these texts be printed as they should?"""

    checks: Annotated[tuple[Check, ...], Field(max_length=500)]


class CheckFinding(Body):
    place: int
    """Which of the checks, from 0."""
    reason: FailureReason
    letter: str | None = None
    """The one that would be printed as a box, if it is that."""


class Checked(Body):
    """What would fail. A check that was looked at and is not among the findings is well."""

    findings: tuple[CheckFinding, ...]
    checked: int
    """So many of them, from the first, were looked at in the time that there is: ask again for the others."""
