"""Neighbours of progression that cost next to nothing: a rendering that prints nothing and answers at once."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from contracts.certificates import Issue, Pdf
from contracts.envelope import wrap
from contracts.rendering import LayoutField, LayoutPublished, Page, Rendered
from contracts.topology import RENDERING_ISSUE
from services.kit.broker import Bus, Consumers
from services.kit.delivery import Incoming
from services.kit.telemetry import Metrics
from tests.bench.awards import LAYOUT_ID, SCHOOL_ID
from tests.bench.design import LONGEST
from tests.bench.system import System
from tests.waiting import eventually

HANDS = 50
"""Commands that it takes at once: as many as two renderers."""
SOURCE = "/laurel/rendering"
LAYOUT = LayoutPublished(
    layout_id=LAYOUT_ID,
    layout_version=1,
    name="Bench",
    page=Page(size="A4", orientation="landscape"),
    fields=tuple(
        LayoutField.model_validate({"name": name, "max_length": longest}) for name, longest in LONGEST.items()
    ),
)


@asynccontextmanager
async def played_rendering(system: System) -> AsyncIterator[None]:
    """Its layout is known to progression when the block begins."""
    bus = Bus("rendering", system.broker.url("rendering"), Metrics())

    async def answer(incoming: Incoming) -> None:
        await bus.publish(wrap(_rendered(incoming.read(Issue)), SCHOOL_ID, source=SOURCE))

    bus.consume(RENDERING_ISSUE, answer, workers=HANDS)
    consumers = Consumers(bus)
    await bus.start()
    await consumers.start()
    try:
        await _publish_layout(bus, system)
        yield
    finally:
        await consumers.stop()
        await bus.stop()


def _rendered(issue: Issue) -> Rendered:
    key = f"certificates/{SCHOOL_ID}/{issue.certificate_id}/{issue.version}.pdf"
    pdf = Pdf(key=key, sha256=hashlib.sha256(key.encode()).hexdigest(), bytes=312_000)
    return Rendered(certificate_id=issue.certificate_id, version=issue.version, pdf=pdf)


async def _publish_layout(bus: Bus, system: System) -> None:
    await bus.publish(wrap(LAYOUT, SCHOOL_ID, source=SOURCE))

    async def known() -> bool:
        return bool(await system.rows.fetchval("SELECT count(*) FROM layout"))

    await eventually(known, what="the layout known to progression")
