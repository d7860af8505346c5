"""A layout's CSS: what it refers to is brought inside, and its paper is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import tinycss2

from contracts.rendering import Page
from services.rendering.layouts.assets import Assets, BadReference

Report = Callable[[int, str], None]
"""Takes the line within the CSS, from 1, and what is wrong there."""

# Functions whose strings are addresses too, without a `url()` around them.
FETCHING = {"url", "src", "image", "image-set", "-webkit-image-set", "cross-fade", "-webkit-cross-fade"}


def inlined_css(css: str, assets: Assets, report: Report) -> str:
    """The CSS with every file that it refers to as a `data:` URI."""
    tokens = tinycss2.parse_component_value_list(css)
    _inline(tokens, assets, report, strings_fetch=False)
    inlined: str = tinycss2.serialize(tokens)
    return inlined


def _inline(tokens: Iterable[Any], assets: Assets, report: Report, *, strings_fetch: bool) -> None:
    for token in tokens:
        if token.type == "error":
            report(token.source_line, f"this is no CSS: {token.message}")
        elif token.type == "at-keyword" and token.lower_value == "import":
            report(token.source_line, "@import is not followed: copy the other style sheet in, or <link> to it")
        elif token.type == "url" or (token.type == "string" and strings_fetch):
            _replace(token, assets, report)
        elif token.type == "function":
            _inline(token.arguments, assets, report, strings_fetch=token.lower_name in FETCHING)
        elif token.type in {"{} block", "[] block", "() block"}:
            _inline(token.content, assets, report, strings_fetch=False)


def _replace(token: Any, assets: Assets, report: Report) -> None:
    try:
        address = assets.inlined(token.value)
    except BadReference as problem:
        report(token.source_line, str(problem))
        return
    if address != token.value:
        token.value = address
        token.representation = f'url("{address}")' if token.type == "url" else f'"{address}"'


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
        if not _same_paper(said.get("size", set()), page) or said.get("margin", set()) not in ({"0"}, {"0mm"}):
            report(rule.source_line, f"the paper is not the one of layout.json: write `{paper(page)}`")
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
