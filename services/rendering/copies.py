"""Copies of issued certificates that show less of the child's name: printed when somebody asks, and kept."""

from __future__ import annotations

import asyncio
import hashlib
import json

from contracts.catalogue import COPY
from contracts.certificates import Pdf
from contracts.pictures import AskCopy, Copy
from services.kit.artefacts import ArtefactMissing, Artefacts
from services.kit.broker import Bus, QueryRefused
from services.rendering.answers import pdf_key
from services.rendering.library import FrozenLayout, LayoutKey, Library
from services.rendering.printing.less import less
from services.rendering.printing.printer import Printer
from services.rendering.refusals import CannotPrint
from services.rendering.showing import LEFT_OUT, altered


class Copies:
    """Somebody looks at a page meanwhile, so they go before a run; a copy depends on what is asked alone."""

    def __init__(self, library: Library, artefacts: Artefacts, printer: Printer) -> None:
        self._library = library
        self._artefacts = artefacts
        self._printer = printer
        # A version never changes: it is read and rewritten once.
        self._less: dict[LayoutKey, FrozenLayout] = {}

    def answer_on(self, bus: Bus) -> None:
        bus.answer(COPY, self.copy)

    async def copy(self, school_id: str, asked: AskCopy) -> Copy:
        """QueryRefused with the reason why it cannot be printed."""
        fields = altered(asked)
        name = _name(asked, fields)
        key = pdf_key(school_id, asked.certificate_id, asked.version, name)
        try:
            pdf = await self._artefacts.get(key)
        except ArtefactMissing:
            pdf = await self._print(LayoutKey(school_id, asked.layout.layout_id, asked.layout.layout_version), fields)
            await self._artefacts.put(key, pdf)
        registered = Pdf(key=key, sha256=hashlib.sha256(pdf).hexdigest(), bytes=len(pdf))
        return Copy(of_copy=name, pdf=registered, name=fields["recipient_name"], title=fields["title"])

    async def _print(self, key: LayoutKey, fields: dict[str, str]) -> bytes:
        try:
            return await self._printer.print(await self._layout(key), fields, urgent=True)
        except CannotPrint as refusal:
            raise QueryRefused(refusal.reason.code, refusal.reason.message) from refusal

    async def _layout(self, key: LayoutKey) -> FrozenLayout:
        if key not in self._less:
            self._less[key] = await asyncio.to_thread(less, await self._library.load(key), LEFT_OUT)
        return self._less[key]


def _name(asked: AskCopy, fields: dict[str, str]) -> str:
    """The same copy has the same name, and another has another."""
    said = json.dumps([asked.layout.model_dump(), sorted(fields.items())]).encode()
    return f"{asked.showing}.{hashlib.sha256(said).hexdigest()[:16]}"
