"""Publishes a layout: a folder becomes the next version of a layout, and progression is told."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ConfigDict, ValidationError

from contracts.base import Body, Name
from contracts.rendering import LayoutField, LayoutPublished, Page
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus
from services.kit.telemetry import get_logger
from services.rendering.announcer import announcement
from services.rendering.layouts.assets import Assets
from services.rendering.layouts.fields import check_fields
from services.rendering.layouts.markup import Markup
from services.rendering.layouts.problems import HTML, JSON, LayoutRefused, Problem
from services.rendering.layouts.trial import try_out
from services.rendering.library import LayoutDraft, Library
from services.rendering.printer import Printer

LARGEST_BYTES = 5_000_000
"""A layout is opened for every page that warms up: beyond this, images want to be made smaller."""


class LayoutFile(Body):
    """`layout.json`."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    page: Page
    fields: tuple[LayoutField, ...]


async def publish_layout(
    artefacts: Artefacts,
    bus: Bus,
    school_id: str,
    layout_id: str,
    folder: Path,
    *,
    printer: Printer | None = None,
) -> LayoutPublished:
    """The folder as a version that never changes; the version that exists where nothing changed.

    With a printer, the longest values are printed first. LayoutRefused lists what is wrong.
    """
    draft = draft_of(folder, layout_id)
    if printer is not None:
        await try_out(printer, school_id, layout_id, draft)
    frozen = await Library(artefacts).freeze(school_id, layout_id, draft)
    await bus.publish(announcement(frozen))
    get_logger().info("layout_published", layout_id=layout_id, layout_version=frozen.layout.layout_version)
    return frozen.layout


def draft_of(folder: Path, layout_id: str) -> LayoutDraft:
    """The folder, checked, as one HTML that is complete in itself. LayoutRefused lists what is wrong."""
    problems: list[Problem] = []
    described = _described(folder, problems)
    source = _read(folder, HTML, problems)
    if described is None or source is None:
        raise LayoutRefused(layout_id, problems)
    markup = Markup(source, Assets(folder))
    check_fields(markup, described.fields)
    markup.bring_inside(described.page)
    html = markup.html()
    if len(html.encode()) > LARGEST_BYTES:
        markup.problems.append(
            Problem(HTML, 0, f"with its images it is over {LARGEST_BYTES:,} bytes: make them smaller, photos as JPEG")
        )
    if markup.problems:
        raise LayoutRefused(layout_id, markup.problems)
    return LayoutDraft(name=described.name, page=described.page, fields=described.fields, html=html)


def _read(folder: Path, file: str, problems: list[Problem]) -> str | None:
    try:
        return (folder / file).read_text(encoding="utf-8")
    except FileNotFoundError:
        problems.append(Problem(file, 0, f"it is not there: a layout is a folder with {HTML} and {JSON}"))
    except UnicodeDecodeError as error:
        problems.append(Problem(file, 0, f"it is not UTF-8 at byte {error.start}: save it as UTF-8"))
    return None


def _described(folder: Path, problems: list[Problem]) -> LayoutFile | None:
    text = _read(folder, JSON, problems)
    try:
        return LayoutFile.model_validate(json.loads(text), strict=False) if text is not None else None
    except json.JSONDecodeError as error:
        problems.append(Problem(JSON, error.lineno, f"this is no JSON: {error.msg} at column {error.colno}"))
    except ValidationError as error:
        problems += [
            Problem(JSON, 0, f"{'.'.join(map(str, problem['loc'])) or 'the whole'}: {problem['msg']}")
            for problem in error.errors()
        ]
    return None
