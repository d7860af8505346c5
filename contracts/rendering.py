"""What rendering answers, and the layouts that it publishes."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from contracts.base import Body, GivenId, Name, Version
from contracts.certificates import Pdf

FieldName = Literal[
    "recipient_name",
    "level_name",
    "title",
    "issued_on",
    "teacher_name",
    "notes",
    "school_name",
    "number",
    "verify_url",
    "verify_qr",
]
"""Every field that a layout may show. `verify_qr` is an image that rendering draws from `verify_url`."""

FIELD_NAMES: tuple[FieldName, ...] = get_args(FieldName)


class FailureReason(Body):
    code: str
    message: str


class Rendered(Body):
    certificate_id: GivenId
    version: Version
    pdf: Pdf


class RenderingFailed(Body):
    certificate_id: GivenId
    version: Version
    reason: FailureReason


class ArtefactMissing(Body):
    """The PDF of a version that was printed is not in the store any more: it has to be printed again."""

    certificate_id: GivenId
    version: Version


PaperSize = Literal["A4", "A5", "Letter"]


class Page(Body):
    size: PaperSize
    orientation: Literal["landscape", "portrait"]


class LayoutField(Body):
    """A field that the layout shows, and the longest value (in characters) that it was drawn for."""

    name: FieldName
    max_length: Annotated[int, Field(ge=1)] | None = None


class LayoutPublished(Body):
    layout_id: GivenId
    layout_version: Version
    name: Name
    page: Page
    fields: tuple[LayoutField, ...]
