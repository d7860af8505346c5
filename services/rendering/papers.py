"""Papers that are printed when somebody asks, and kept nowhere: certificates without background, and checklists."""

from __future__ import annotations

from contracts import catalogue
from contracts.papers import AskBare, AskChecklist
from services.kit.broker import Bus, QueryRefused
from services.rendering.library import LayoutKey, Library
from services.rendering.printing.bare import BareLayout, bare
from services.rendering.printing.checklist import ChecklistPrinter
from services.rendering.printing.printer import Printer
from services.rendering.refusals import CannotPrint


class Papers:
    """Neither is urgent: who waits for a certificate comes first. The broker gives a renderer 16 of them at once."""

    def __init__(self, library: Library, printer: Printer, checklists: ChecklistPrinter) -> None:
        self._library = library
        self._printer = printer
        self._checklists = checklists
        # A version never changes, and its bare copy is as large: it is made once.
        self._bare: dict[LayoutKey, BareLayout] = {}

    def answer_on(self, bus: Bus) -> None:
        bus.answer(catalogue.BARE, self.bare)
        bus.answer(catalogue.CHECKLIST, self.checklist)

    async def bare(self, school_id: str, asked: AskBare) -> bytes:
        """QueryRefused with the reason why it cannot be printed."""
        key = LayoutKey(school_id, asked.layout.layout_id, asked.layout.layout_version)
        try:
            return await self._printer.print(await self._bare_layout(key), asked.fields)
        except CannotPrint as refusal:
            raise QueryRefused(refusal.reason.code, refusal.reason.message) from refusal

    async def checklist(self, _: str, asked: AskChecklist) -> bytes:
        return await self._checklists.print(asked)

    async def _bare_layout(self, key: LayoutKey) -> BareLayout:
        if key not in self._bare:
            self._bare[key] = bare(await self._library.load(key))
        return self._bare[key]
