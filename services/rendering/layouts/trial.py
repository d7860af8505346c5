"""Prints a draft before it is published, with the longest values that it says it takes."""

from __future__ import annotations

from contracts.rendering import LayoutField
from services.rendering.layouts.problems import HTML, LayoutRefused, Problem
from services.rendering.library import LayoutDraft, frozen_as
from services.rendering.printer import Printer
from services.rendering.refusals import CannotPrint

WORDS = "Ngāhuia Wrightson-Mangatāwhiri Nguyễn Phạm "
VERIFY_URL = "https://portal.kauri-coast-swim-school.example/verify/WWWW-WWWW-WWWW"
USUAL_LENGTH = 60


async def try_out(printer: Printer, school_id: str, layout_id: str, draft: LayoutDraft) -> None:
    """LayoutRefused where the longest values do not come out on one page."""
    longest: dict[str, str] = {field.name: _longest(field) for field in draft.fields}
    try:
        await printer.print(frozen_as(school_id, layout_id, 1, draft), longest | {"verify_url": VERIFY_URL})
    except CannotPrint as refusal:
        tried = f"tried with the longest values: {refusal.reason.message}"
        raise LayoutRefused(layout_id, [Problem(HTML, 0, tried)]) from refusal


def _longest(field: LayoutField) -> str:
    if field.name == "issued_on":
        return "30 September 2026"
    if field.name == "number":
        return "KCSS-2026-000000"
    length = field.max_length or USUAL_LENGTH
    return (WORDS * (length // len(WORDS) + 1))[:length].strip()
