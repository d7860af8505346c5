"""Questions about layouts: which versions there are, how one looks, and whether a new one is sound."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.base import Body, GivenId, Name, Version
from contracts.rendering import LayoutPublished

# --- rendering.query.layout_versions


class AskLayoutVersions(Body):
    layout_id: GivenId


class LayoutVersions(Body):
    layout: LayoutPublished
    """The newest version."""
    versions: tuple[Version, ...]
    """All of them, newest first."""


# --- rendering.query.layout_preview


class AskLayoutPreview(Body):
    layout_id: GivenId
    layout_version: Version
    texts: Literal["sample", "longest"] = "sample"
    """Those that stand in the layout, or the longest that it was drawn for."""
    width: Annotated[int, Field(ge=100, le=2000)] = 1000
    """Of the picture, in pixels."""


# --- rendering.query.publish_layout

MOST_ZIP_BYTES = 6_000_000
"""In base64 it still fits into a message of 8 MB."""


class PublishLayout(Body):
    """A layout's folder, to be checked as `laurel layouts check` does, and published where nothing is wrong with it."""

    layout_id: GivenId
    zip: Annotated[str, Field(max_length=MOST_ZIP_BYTES * 4 // 3 + 4)]
    """The folder as a zip, in base64."""
    publish: bool = False
    """False: it is only checked."""
    requested_by: Name | None = None


class LayoutProblem(Body):
    file: str
    line: int | None = None
    """None where it has no place of its own."""
    message: str


class LayoutVerdict(Body):
    problems: tuple[LayoutProblem, ...]
    """As long as there is one, nothing is published."""
    hints: tuple[LayoutProblem, ...] = ()
    """What would be better otherwise, and stops nobody."""
    layout: LayoutPublished | None = None
    """The version that was published (the newest there is, where nothing is different); checked only: the version
    that it would be."""
    new: bool = False
    """It is another than the newest that was there."""
    together: bool = False
    """Its certificates are printed together, which is quick."""
