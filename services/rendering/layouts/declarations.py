"""The declarations of a style sheet, and the parts of their values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import tinycss2

# Functions whose strings are addresses too, without a `url()` around them.
FETCHING = {"url", "src", "image", "image-set", "-webkit-image-set", "cross-fade", "-webkit-cross-fade"}

WITHOUT_STYLES = {"font-face", "page", "property", "counter-style", "font-palette-values"}
"""At-rules whose declarations describe a thing of their own, and style no element."""


def declarations_of_sheet(css: str) -> Iterator[Any]:
    """Every declaration that styles something, however deep its rule is nested; with `source_line`s from 1."""
    for node in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        yield from _declarations(node)


def declarations_of_attribute(css: str) -> Iterator[Any]:
    """Those of a `style` attribute."""
    for node in tinycss2.parse_blocks_contents(css, skip_comments=True, skip_whitespace=True):
        yield from _declarations(node)


def split_at_commas(tokens: Iterable[Any]) -> list[list[Any]]:
    """The items of a list, without the spaces and comments in them."""
    items: list[list[Any]] = [[]]
    for part in tokens:
        if part == ",":
            items.append([])
        elif part.type not in {"whitespace", "comment"}:
            items[-1].append(part)
    return items


def words(tokens: Iterable[Any]) -> str:
    """What a string says, or several identifiers: both are ways to write a font's name."""
    return " ".join(token.value for token in tokens if token.type in {"string", "ident"})


def _declarations(node: Any) -> Iterator[Any]:
    if node.type == "declaration":
        yield node
    elif node.type == "qualified-rule" or (node.type == "at-rule" and node.lower_at_keyword not in WITHOUT_STYLES):
        for inner in tinycss2.parse_blocks_contents(node.content or [], skip_comments=True, skip_whitespace=True):
            yield from _declarations(inner)


def addresses_in(css: str) -> Iterator[tuple[int, str]]:
    """Everything that the CSS refers to, with its line from 1; what an `@import` names is among it."""
    yield from _addresses(tinycss2.parse_component_value_list(css), within="")


def _addresses(tokens: Iterable[Any], within: str) -> Iterator[tuple[int, str]]:
    for token in tokens:
        if token.type == "url" or (token.type == "string" and within in FETCHING):
            yield token.source_line, token.value
        elif token.type == "at-keyword" and token.lower_value == "import":
            yield token.source_line, "@import"
        elif token.type == "function":
            yield from _addresses(token.arguments, token.lower_name)
        elif token.type in {"{} block", "[] block", "() block"}:
            yield from _addresses(token.content, "")
