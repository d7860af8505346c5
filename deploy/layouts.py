"""`laurel layouts check|publish FOLDER`: into the running stack, or wherever the `LAUREL_*` variables point."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from contracts.base import GIVEN_ID_PATTERN
from deploy.addresses import Addresses, chosen_school
from deploy.endpoints import read_endpoints
from deploy.home import Home
from deploy.trust import nats_ca_file
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus
from services.kit.delivery import Transient
from services.kit.telemetry import Metrics
from services.rendering.app import build_chromium
from services.rendering.layouts import Reading, publish_layout, reading_of
from services.rendering.layouts.problems import HTML
from services.rendering.layouts.trial import try_out
from services.rendering.library import FrozenLayout, LayoutDraft
from services.rendering.printing.printer import Printer
from services.rendering.settings import ChromiumSettings

Say = Callable[[str], None]
NO_SCHOOL = "nobody"
"""A check is of no school."""


class NoLayout(Exception):
    """There is nothing to check; the text says what is missing."""


class NotPrinted(Exception):
    """A print was stopped, for a reason that may pass; the text says what to do."""


def layout_id_of(folder: Path, given: str | None = None) -> str:
    """The id given, or else the folder's name. NoLayout for a folder that is none, or a name that is no id."""
    if not folder.is_dir():
        raise NoLayout(f"{folder} is no folder: a layout is a folder with layout.html and layout.json")
    if not (folder / HTML).is_file():
        raise NoLayout(f"{folder} has no {HTML}: give the folder that holds it")
    layout_id = given or folder.resolve().name
    if not re.fullmatch(GIVEN_ID_PATTERN, layout_id):
        raise NoLayout(f"{layout_id} is no id for a layout (1 to 64 letters, digits, _ or -): give one with --id")
    return layout_id


async def check_folder(folder: Path, layout_id: str, say: Say) -> tuple[Reading, LayoutDraft]:
    """All that publishing checks, the trial print too; no stack is needed: the reading, and the draft
    with the way in which it is printed. LayoutRefused lists what is wrong."""
    say("reading the folder, bringing its images and fonts inside")
    reading = reading_of(folder, layout_id)
    async with trial_printer() as printer:
        say("printing it with the longest values, alone and together with others")
        draft = await try_out(printer, NO_SCHOOL, layout_id, reading.draft, reading.lines, reading.samples)
    return reading, draft


async def publish_folder(home: Home, folder: Path, layout_id: str) -> FrozenLayout:
    """Checked, tried out on its longest values, frozen. LayoutRefused lists what is wrong with it."""
    nats_url, artefacts_url, school_id = _where(home)
    bus = Bus("rendering", nats_url, Metrics(), nats_ca_file())
    await bus.start()
    try:
        async with trial_printer() as printer:
            return await publish_layout(Artefacts(artefacts_url), bus, school_id, layout_id, folder, printer)
    finally:
        await bus.stop()


def pace(draft: LayoutDraft | FrozenLayout) -> str:
    """How its certificates are printed, in one line."""
    if not draft.together:
        return "slow: it comes out otherwise in company, so each certificate is printed alone"
    return "quick: its certificates are printed together" + (", and its drawn art once" if draft.art_once else "")


def facts(reading: Reading) -> str:
    """What is about to be published, in one line."""
    draft = reading.draft
    size = len(draft.html.encode()) / 1_000_000
    fonts = f"{len(reading.fonts)} fonts inside ({', '.join(reading.fonts)})"
    paper = f"{draft.page.size} {draft.page.orientation}"
    return f'"{draft.name}", {paper}, {len(draft.fields)} fields, {fonts}, {size:.1f} MB'


@asynccontextmanager
async def trial_printer() -> AsyncIterator[Printer]:
    """A browser of one's own. ChromiumMissing; NotPrinted when a print is stopped."""
    chromium = build_chromium(ChromiumSettings())
    try:
        yield Printer(chromium)
    except Transient as stopped:
        told = f"the layout was {stopped}: try again, and simplify the layout if that does not help"
        raise NotPrinted(told) from stopped
    finally:
        await chromium.stop()


def _where(home: Home) -> tuple[str, str, str]:
    """The URLs of NATS (with rendering's credential) and of the artefact store, and the school."""
    nats_url, artefacts_url = os.environ.get("LAUREL_NATS_URL"), os.environ.get("LAUREL_ARTEFACTS_URL")
    if nats_url and artefacts_url:
        return nats_url, artefacts_url, chosen_school()
    school_id = read_endpoints(home).school
    addresses = Addresses.of(home)
    return addresses.nats("rendering"), addresses.artefacts, school_id
