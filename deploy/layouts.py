"""`laurel layouts publish FOLDER`: into the running stack, or wherever the `LAUREL_*` variables point."""

from __future__ import annotations

import os
from pathlib import Path

from contracts.rendering import LayoutPublished
from deploy.addresses import Addresses, chosen_school
from deploy.endpoints import read_endpoints
from deploy.home import Home
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from services.rendering.chromium import Chromium, find_chromium
from services.rendering.layouts import publish_layout
from services.rendering.printer import Printer


async def publish_folder(home: Home, folder: Path, layout_id: str) -> LayoutPublished:
    """Checked, tried out on its longest values, frozen. LayoutRefused lists what is wrong with it."""
    nats_url, artefacts_url, school_id = _where(home)
    bus = Bus("rendering", nats_url, Metrics())
    chromium = Chromium(find_chromium(os.environ.get("LAUREL_CHROMIUM")))
    await bus.start()
    try:
        return await publish_layout(
            Artefacts(artefacts_url), bus, school_id, layout_id, folder, printer=Printer(chromium)
        )
    finally:
        await chromium.stop()
        await bus.stop()


def _where(home: Home) -> tuple[str, str, str]:
    """The URLs of NATS (with rendering's credential) and of the artefact store, and the school."""
    nats_url, artefacts_url = os.environ.get("LAUREL_NATS_URL"), os.environ.get("LAUREL_ARTEFACTS_URL")
    if nats_url and artefacts_url:
        return nats_url, artefacts_url, chosen_school()
    school_id = read_endpoints(home).school
    addresses = Addresses.of(home)
    return addresses.nats("rendering"), addresses.artefacts, school_id
