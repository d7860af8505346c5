"""Publishes a layout: a folder becomes the next version of a layout, and progression is told."""

from __future__ import annotations

from pathlib import Path

from services.kit.artefacts import Artefacts
from services.kit.broker import Bus
from services.kit.patience import patiently
from services.kit.telemetry import get_logger
from services.rendering.announcer import announcement
from services.rendering.layouts.draft import reading_of
from services.rendering.layouts.trial import try_out
from services.rendering.library import FrozenLayout, LayoutDraft, Library
from services.rendering.printing.printer import Printer

ANNOUNCED_WITHIN_S = 20.0


async def publish_layout(
    artefacts: Artefacts, bus: Bus, school_id: str, layout_id: str, folder: Path, printer: Printer
) -> FrozenLayout:
    """The folder as a version that never changes; the version that exists where nothing changed.

    It is tried out first. LayoutRefused lists what is wrong.
    """
    reading = reading_of(folder, layout_id)
    draft = await try_out(printer, school_id, layout_id, reading.draft, reading.lines, reading.samples)
    return await publish_draft(artefacts, bus, school_id, layout_id, draft)


async def publish_draft(
    artefacts: Artefacts, bus: Bus, school_id: str, layout_id: str, draft: LayoutDraft
) -> FrozenLayout:
    """A draft that was tried out already."""
    frozen = await Library(artefacts).freeze(school_id, layout_id, draft)
    announced = announcement(frozen)
    await patiently(lambda: bus.publish(announced), ANNOUNCED_WITHIN_S, "the stream of announcements")
    get_logger().info("layout_published", layout_id=layout_id, layout_version=frozen.layout.layout_version)
    return frozen
