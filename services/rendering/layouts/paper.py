"""The paper that a layout's CSS says: it has to be the one of layout.json."""

from __future__ import annotations

from typing import Any

import tinycss2

from contracts.rendering import Page
from services.rendering.layouts.problems import Report

NO_MARGIN = ({"0"}, {"0mm"}, {"0px"})


def paper(page: Page) -> str:
    """The rule that a layout for this paper says."""
    return f"@page {{ size: {page.size} {page.orientation}; margin: 0 }}"


def check_paper(css: str, page: Page, report: Report) -> bool:
    """Whether the CSS says its paper; every `@page` has to be the one of layout.json."""
    rules = [
        rule
        for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
        if rule.type == "at-rule" and rule.lower_at_keyword == "page"
    ]
    for rule in rules:
        said = _declarations(rule.content or [])
        if not _same_paper(said.get("size", set()), page) or said.get("margin", set()) not in NO_MARGIN:
            report.problem(f"the paper is not the one of layout.json: write `{paper(page)}`", rule.source_line)
    return bool(rules)


def _declarations(content: list[Any]) -> dict[str, set[str]]:
    """Each property with the words of its value."""
    return {
        declaration.lower_name: {word.lower() for word in tinycss2.serialize(declaration.value).split()}
        for declaration in tinycss2.parse_blocks_contents(content)
        if declaration.type == "declaration"
    }


def _same_paper(said: set[str], page: Page) -> bool:
    size = page.size.lower()
    return said == {size, page.orientation} or (page.orientation == "portrait" and said == {size})
