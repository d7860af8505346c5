"""The bench's layout: tried out once, as `laurel layouts publish` does, and published wherever it is measured."""

from __future__ import annotations

from pathlib import Path

from deploy.layouts import check_folder
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from services.rendering.layouts import publish_draft
from services.rendering.library import LayoutDraft
from tests.bench.awards import LAYOUT_ID
from tests.bench.design import write_layout


async def bench_layout(folder: Path) -> LayoutDraft:
    """With the way in which it is printed. `folder` is made, and may go afterwards. FontMissing, ChromiumMissing."""
    _, draft = await check_folder(write_layout(folder), LAYOUT_ID, lambda _: None)
    return draft


async def publish_bench_layout(draft: LayoutDraft, nats_url: str, artefacts_url: str, school_id: str) -> int:
    """The version it got. `nats_url` carries rendering's credential."""
    bus = Bus("rendering", nats_url, Metrics())
    await bus.start()
    try:
        frozen = await publish_draft(Artefacts(artefacts_url), bus, school_id, LAYOUT_ID, draft)
    finally:
        await bus.stop()
    return frozen.layout.layout_version
