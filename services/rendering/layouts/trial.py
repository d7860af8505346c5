"""Prints a draft before it is published: with the longest values, and in every way that makes many prints quick."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from contracts.rendering import FailureReason
from services.rendering.layouts.pictures import look_alike
from services.rendering.layouts.problems import HTML, LayoutRefused, Problem
from services.rendering.layouts.samples import difficult_values, longest_values, sample_values
from services.rendering.library import FrozenLayout, LayoutDraft, frozen_as
from services.rendering.printing.printer import Printer
from services.rendering.refusals import CannotPrint

NO_LINES: Mapping[str, int] = {}
NO_TEXTS: Mapping[str, str] = {}
QUICKEST = {"together": True, "art_once": True}
QUICK_WAYS = (QUICKEST, {"together": True}, {"art_once": True})
"""The first that changes nothing is the version's for ever."""

Outcome: TypeAlias = bytes | CannotPrint
"""Of one print."""


async def try_out(
    printer: Printer,
    school_id: str,
    layout_id: str,
    draft: LayoutDraft,
    lines: Mapping[str, int] = NO_LINES,
    texts: Mapping[str, str] = NO_TEXTS,
) -> LayoutDraft:
    """The draft with the quickest way in which it comes out as it does alone.

    LayoutRefused where the longest values do not come out on one page. `lines` says for each field where layout.html
    shows it, `texts` what it says there.
    """
    trial = _Trial(printer, school_id, layout_id, draft, texts)
    alone = await trial.printed_alone(draft)
    if isinstance(alone[0], CannotPrint):
        line = lines.get(alone[0].field or "", 0)
        raise LayoutRefused(layout_id, [Problem(HTML, line, f"tried with the longest values: {alone[0]}")])
    for way in QUICK_WAYS:
        quick = draft.model_copy(update=way)
        if await trial.comes_out_as(quick, alone):
            return quick
    return draft


class _Trial:
    def __init__(
        self, printer: Printer, school_id: str, layout_id: str, draft: LayoutDraft, texts: Mapping[str, str]
    ) -> None:
        self._printer = printer
        self._named = (school_id, layout_id, 1)
        sample = sample_values(draft.fields, texts)
        self._values = (longest_values(draft.fields), sample, difficult_values(sample, "latin"))

    async def printed_alone(self, draft: LayoutDraft) -> list[Outcome]:
        """What comes of the longest values, of the sample, and of a difficult name."""
        frozen = frozen_as(*self._named, draft)
        return [await self._outcome(frozen, values) for values in self._values]

    async def comes_out_as(self, quick: LayoutDraft, alone: Sequence[Outcome]) -> bool:
        """The same bytes alone and in company, and the same picture as without any quick way."""
        frozen = frozen_as(*self._named, quick)
        quickly = await self.printed_alone(quick)
        # The first goes to print alone; the others come to wait meanwhile, and are printed together.
        company = await asyncio.gather(*(self._outcome(frozen, values) for values in self._values * 2))
        same = [*map(_told, company)] == [*map(_told, quickly * 2)]
        return same and all(map(_alike, quickly, alone))

    async def _outcome(self, frozen: FrozenLayout, values: Mapping[str, str]) -> Outcome:
        try:
            return await self._printer.print(frozen, values)
        except CannotPrint as refusal:
            return refusal


def _alike(one: Outcome, other: Outcome) -> bool:
    if isinstance(one, bytes) and isinstance(other, bytes):
        return look_alike(one, other)
    return _told(one) == _told(other)


def _told(outcome: Outcome) -> bytes | FailureReason:
    return outcome.reason if isinstance(outcome, CannotPrint) else outcome
