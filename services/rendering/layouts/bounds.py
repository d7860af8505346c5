"""How much a layout may hold, so that Chromium can be expected to lay it out in its time."""

from __future__ import annotations

from collections.abc import Iterator

from justhtml import Element, JustHTML

from services.rendering.layouts.problems import Report

MOST_BYTES = 12_000_000
"""Of a layout that is complete in itself: it is read for every page that warms up."""
MOST_ELEMENTS = 20_000
DEEPEST = 200


def elements_of(document: JustHTML) -> Iterator[Element]:
    yield from (node for node in document.query("*") if isinstance(node, Element))


def is_bearable(document: JustHTML, report: Report) -> bool:
    """Whether it is neither too deep nor too long; the report says what is."""
    elements = list(elements_of(document))
    if len(elements) > MOST_ELEMENTS:
        told = f"{len(elements):,} elements are more than the {MOST_ELEMENTS:,} that print in time"
        report.problem(f"{told}: simplify it, or turn the art into an image")
        return False
    for element in elements:
        if _depth(element) > DEEPEST:
            report.problem(f"elements are nested deeper than {DEEPEST}: flatten them", element.origin_line or 1)
            return False
    return True


def _depth(element: Element) -> int:
    """As far as it matters."""
    depth, parent = 1, element.parent
    while parent is not None and depth <= DEEPEST:
        depth, parent = depth + 1, parent.parent
    return depth
