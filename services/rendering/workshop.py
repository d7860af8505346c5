"""Where layouts are looked at, tried out and published for staff who ask."""

from __future__ import annotations

import asyncio
import base64
from collections import OrderedDict

from contracts import catalogue
from contracts.layout_queries import (
    AskLayoutPreview,
    AskLayoutVersions,
    LayoutProblem,
    LayoutVerdict,
    LayoutVersions,
    PublishLayout,
)
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus, QueryRefused
from services.kit.delivery import Transient
from services.kit.telemetry import get_logger
from services.rendering.layouts import LayoutRefused, Problem, Reading, publish_draft, reading_of
from services.rendering.layouts.fields import texts_of
from services.rendering.layouts.pictures import thumbnail_of
from services.rendering.layouts.problems import HTML
from services.rendering.layouts.samples import longest_values, sample_values
from services.rendering.layouts.trial import try_out
from services.rendering.layouts.unpacking import THE_ZIP, unpacked
from services.rendering.library import FrozenLayout, LayoutDraft, LayoutKey, Library, frozen_as
from services.rendering.printing.printer import Printer
from services.rendering.refusals import CannotPrint

PICTURES_KEPT = 64


class Workshop:
    """Each method answers one query for one school."""

    def __init__(self, library: Library, artefacts: Artefacts, bus: Bus, printer: Printer) -> None:
        """`printer`: one of its own, so that neither a run nor who tries a layout out waits for the other."""
        self._library = library
        self._artefacts = artefacts
        self._bus = bus
        self._printer = printer
        self._one_at_a_time = asyncio.Lock()
        # Pictures never change, as the versions that they show never do.
        self._pictures: OrderedDict[tuple[str, AskLayoutPreview], bytes] = OrderedDict()

    def answer_on(self, bus: Bus) -> None:
        bus.answer(catalogue.LAYOUT_VERSIONS, self.versions)
        bus.answer(catalogue.LAYOUT_PREVIEW, self.preview)
        bus.answer(catalogue.PUBLISH_LAYOUT, self.publish)

    async def versions(self, school_id: str, asked: AskLayoutVersions) -> LayoutVersions:
        versions = await self._library.versions(school_id, asked.layout_id)
        if not versions:
            raise QueryRefused("unknown_layout", f"There is no layout “{asked.layout_id}”.")
        newest = await self._library.load(LayoutKey(school_id, asked.layout_id, versions[0]))
        return LayoutVersions(layout=newest.layout, versions=tuple(versions))

    async def preview(self, school_id: str, asked: AskLayoutPreview) -> bytes:
        """A PNG."""
        key = (school_id, asked)
        if key not in self._pictures:
            self._pictures[key] = await self._drawn(school_id, asked)
            while len(self._pictures) > PICTURES_KEPT:
                self._pictures.popitem(last=False)
        self._pictures.move_to_end(key)
        return self._pictures[key]

    async def _drawn(self, school_id: str, asked: AskLayoutPreview) -> bytes:
        try:
            frozen = await self._library.load(LayoutKey(school_id, asked.layout_id, asked.layout_version))
            pdf = await self._printer.print(frozen, await _texts(frozen, asked), urgent=True)
        except CannotPrint as refusal:
            raise QueryRefused(refusal.reason.code, refusal.reason.message) from refusal
        return await asyncio.to_thread(thumbnail_of, pdf, asked.width)

    async def publish(self, school_id: str, asked: PublishLayout) -> LayoutVerdict:
        """As `laurel layouts check` and `publish` do: the same checks, the same trial, the same versions."""
        async with self._one_at_a_time:
            try:
                return await self._judged(school_id, asked)
            except LayoutRefused as refused:
                return LayoutVerdict(problems=_told(refused.problems))
            except Transient as stopped:
                told = f"trying it out was stopped ({stopped}): try again, and simplify it if that does not help"
                return LayoutVerdict(problems=_told([Problem(HTML, 0, told)]))

    async def _judged(self, school_id: str, asked: PublishLayout) -> LayoutVerdict:
        reading = await asyncio.to_thread(_reading, asked)
        draft = await try_out(self._printer, school_id, asked.layout_id, reading.draft, reading.lines, reading.samples)
        newest = next(iter(await self._library.newest(school_id, asked.layout_id)), None)
        if asked.publish:
            frozen = await publish_draft(self._artefacts, self._bus, school_id, asked.layout_id, draft)
            get_logger().info("layout_uploaded", layout_id=asked.layout_id, requested_by=asked.requested_by)
        else:
            frozen = _next(school_id, asked.layout_id, newest, draft)
        return LayoutVerdict(
            problems=(), hints=_told(reading.hints), layout=frozen.layout, new=frozen != newest, together=draft.together
        )


def _next(school_id: str, layout_id: str, newest: FrozenLayout | None, draft: LayoutDraft) -> FrozenLayout:
    """What publishing the draft would make of it."""
    number = newest.layout.layout_version if newest else 0
    if newest is not None and newest == frozen_as(school_id, layout_id, number, draft):
        return newest
    return frozen_as(school_id, layout_id, number + 1, draft)


def _reading(asked: PublishLayout) -> Reading:
    """The zip as a folder that was read and checked; nothing of it is left behind."""
    try:
        content = base64.b64decode(asked.zip, validate=True)
    except ValueError as error:
        raise LayoutRefused(asked.layout_id, [Problem(THE_ZIP, 0, "it is no base64: send it anew")]) from error
    with unpacked(content, asked.layout_id) as folder:
        return reading_of(folder, asked.layout_id)


async def _texts(frozen: FrozenLayout, asked: AskLayoutPreview) -> dict[str, str]:
    fields = frozen.layout.fields
    if asked.texts == "longest":
        return longest_values(fields)
    return sample_values(fields, await asyncio.to_thread(texts_of, frozen.html))


def _told(problems: tuple[Problem, ...] | list[Problem]) -> tuple[LayoutProblem, ...]:
    return tuple(LayoutProblem(file=each.file, line=each.line or None, message=each.message) for each in problems)
