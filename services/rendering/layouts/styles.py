"""A layout's CSS: what it refers to is brought inside, and what would not work on paper is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import tinycss2

from contracts.rendering import Page
from services.rendering.layouts.assets import Assets, BadReference
from services.rendering.layouts.declarations import FETCHING, declarations_of_attribute, declarations_of_sheet
from services.rendering.layouts.faces import Faces
from services.rendering.layouts.families import Families
from services.rendering.layouts.paper import check_paper
from services.rendering.layouts.problems import Report

SUBSTITUTED = {"var", "attr", "env", "if"}
MOVING = ("animation", "transition", "-webkit-animation", "-webkit-transition")
FONTS_OF_SVG = {"font", "font-family"}


class Styles:
    """Every style sheet and style attribute of one layout, read one after the other."""

    def __init__(self, assets: Assets, page: Page) -> None:
        self._assets = assets
        self._page = page
        self.faces = Faces(assets)
        self.families = Families()
        self.says_its_paper = False

    def sheet(self, css: str, report: Report) -> str:
        """The CSS of a style sheet with every file that it refers to as a `data:` URI."""
        self.says_its_paper |= check_paper(css, self._page, report)
        self._read(declarations_of_sheet(css), report)
        tokens = tinycss2.parse_component_value_list(css)
        self._inline(tokens, report)
        return _text(tokens)

    def attribute(self, css: str, report: Report) -> str:
        """The same for the declarations of a `style` attribute."""
        self._read(declarations_of_attribute(css), report)
        return self.value(css, report)

    def value(self, css: str, report: Report) -> str:
        """The same for a single value, such as that of `fill`."""
        tokens = tinycss2.parse_component_value_list(css)
        self._inline(tokens, report)
        return _text(tokens)

    def svg_font(self, attribute: str, value: str, report: Report) -> None:
        """SVG names a text's font in an attribute of its own."""
        self._read(declarations_of_attribute(f"{attribute}: {value}"), report)

    def _read(self, declarations: Iterable[Any], report: Report) -> None:
        for declaration in declarations:
            if declaration.lower_name.startswith(MOVING):
                report.problem(f"{declaration.lower_name}: paper does not move: remove it", declaration.source_line)
            self.families.read(declaration, report)

    def _inline(self, tokens: Iterable[Any], report: Report, *, within: str = "", nested: bool = False) -> None:
        """`within` is the function that the tokens are the arguments of, `nested` whether they are in a block."""
        after = ""
        for token in tokens:
            if token.type == "error":
                report.problem(f"this is no CSS: {token.message}: correct it", token.source_line)
            elif token.type == "at-keyword" and token.lower_value == "import":
                told = "@import is not followed: copy the other style sheet in, or <link> to it"
                report.problem(told, token.source_line)
            elif token.type == "url" or (token.type == "string" and within in FETCHING):
                self._replace(token, report)
            elif token.type == "{} block" and after == "font-face":
                self._face(token, report, nested)
            elif token.type == "function":
                self._function(token, report, within)
            elif token.type in {"{} block", "[] block", "() block"}:
                self._inline(token.content, report, nested=True)
            if token.type not in {"whitespace", "comment"}:
                after = token.lower_value if token.type == "at-keyword" else ""

    def _face(self, block: Any, report: Report, nested: bool) -> None:
        if nested:
            # Fonts are lifted out of the layout when it is printed, and what stands deeper stays behind.
            report.problem("@font-face within another rule is not used: write it at the top", block.source_line)
        else:
            self.faces.bring_inside(block, report)

    def _function(self, function: Any, report: Report, within: str) -> None:
        if function.lower_name in SUBSTITUTED and within in FETCHING:
            told = f"{function.lower_name}() within {within}() hides an address: write the file itself"
            report.problem(told, function.source_line)
        self._inline(function.arguments, report, within=function.lower_name)

    def _replace(self, token: Any, report: Report) -> None:
        try:
            inside = self._assets.brought(token.value)
        except BadReference as problem:
            report.problem(str(problem), token.source_line)
            return
        if inside.hint:
            report.hint(inside.hint, token.source_line)
        if inside.address.startswith("data:image/svg"):
            told = "an SVG in CSS is turned into pixels at each print: as <img>, or drawn in layout.html, it stays fine"
            report.hint(told, token.source_line)
        if inside.address != token.value:
            token.value = inside.address
            token.representation = f'url("{inside.address}")' if token.type == "url" else f'"{inside.address}"'


def _text(tokens: list[Any]) -> str:
    text: str = tinycss2.serialize(tokens)
    return text
