"""A layout's HTML: what it may not have is told, and what it refers to is brought inside.

This is for the designer, who learns at once what would not work. What holds in any case are the
fences around Chromium.
"""

from __future__ import annotations

from collections.abc import Iterator

from justhtml import Element, JustHTML, Text

from contracts.rendering import Page
from services.rendering.layouts.assets import Assets, BadReference
from services.rendering.layouts.problems import HTML, Problem
from services.rendering.layouts.styles import check_paper, inlined_css, paper

NO_SCRIPT = "a layout runs no script: remove it"
NO_DOCUMENTS = "a layout shows no other document: draw it in layout.html itself"
NO_MEDIA = "paper plays nothing: remove it, or use an <img>"
NO_FORM = "paper takes no input: remove it"
NO_HIDING = "its content cannot be checked: write the content itself"

FORBIDDEN = {
    "script": NO_SCRIPT,
    **dict.fromkeys(("iframe", "frame", "frameset", "object", "embed", "applet", "fencedframe"), NO_DOCUMENTS),
    **dict.fromkeys(("video", "audio", "source", "track", "picture", "bgsound"), NO_MEDIA),
    **dict.fromkeys(("form", "input", "button", "textarea", "select"), NO_FORM),
    **dict.fromkeys(("animate", "animatemotion", "animatetransform", "set"), NO_MEDIA),
    **dict.fromkeys(("template", "noscript"), NO_HIDING),
    "base": "references are relative to the layout's folder: remove it",
}
FORBIDDEN_ATTRIBUTES = {
    "srcset": "paper has one resolution: use src",
    "srcdoc": NO_DOCUMENTS,
    "ping": "a layout tells nobody anything: remove it",
}
REFERENCES = {"src", "href", "xlink:href", "background", "poster", "data"}
LINKS = ("https://", "http://", "mailto:", "#")


class Markup:
    """One reading of `layout.html`. `problems` grows; `html()` is complete in itself when there are none."""

    def __init__(self, source: str, assets: Assets) -> None:
        self._document = JustHTML(source, sanitize=False, track_node_locations=True)
        self._assets = assets
        self._says_its_paper = False
        self.problems: list[Problem] = []

    def html(self) -> str:
        return self._document.to_html(pretty=False)

    def elements(self) -> Iterator[Element]:
        yield from (node for node in self._document.query("*") if isinstance(node, Element))

    def report(self, element: Element, message: str) -> None:
        self.problems.append(Problem(HTML, element.origin_line or 1, message))

    def bring_inside(self, page: Page) -> None:
        """Check every element, and replace each reference to a file by the file itself."""
        for element in list(self.elements()):
            name = element.name.lower()
            if name in FORBIDDEN:
                self.report(element, f"<{element.name}>: {FORBIDDEN[name]}")
            elif name == "meta" and "http-equiv" in element.attrs:
                self.report(element, "<meta http-equiv> steers the browser, which rendering does: remove it")
            elif name == "link":
                self._style_sheet_instead(element, page)
            elif name == "style":
                self._style(element, page)
            self._attributes(element)
        if not self._says_its_paper:
            self.problems.append(Problem(HTML, 1, f"the paper is not said: write `{paper(page)}` in a <style>"))

    def _attributes(self, element: Element) -> None:
        for name, value in list(element.attrs.items()):
            if name.lower().startswith("on"):
                self.report(element, f"{name}=…: {NO_SCRIPT}")
            elif name in FORBIDDEN_ATTRIBUTES:
                self.report(element, f"{name}=…: {FORBIDDEN_ATTRIBUTES[name]}")
            elif name in REFERENCES:
                element.attrs[name] = self._reference(element, value or "")
            elif value and "(" in value and (name == "style" or element.namespace == "svg"):
                element.attrs[name] = inlined_css(value, self._assets, lambda _, message: self.report(element, message))

    def _reference(self, element: Element, reference: str) -> str:
        """Where it points now; `<a>` may point anywhere, since paper does not go there."""
        if element.name == "a":
            if not reference.lower().startswith(LINKS):
                self.report(element, f"<a> leads to {reference}: let it begin with one of {' '.join(LINKS)}")
            return reference
        if element.name == "use" and not reference.startswith("#"):
            self.report(element, f"<use> takes {reference} from elsewhere: copy the drawing in, and use its #id")
            return reference
        try:
            return self._assets.inlined(reference)
        except BadReference as problem:
            self.report(element, str(problem))
            return reference

    def _style(self, element: Element, page: Page) -> None:
        css = element.to_text(separator="", strip=False)
        first_line = next((child.origin_line for child in element.children if child.origin_line), 1)
        inlined = self._css(css, page, HTML, first_line)
        for child in list(element.children):
            element.remove_child(child)
        element.append_child(Text(inlined))

    def _style_sheet_instead(self, link: Element, page: Page) -> None:
        """`<link rel=stylesheet>` becomes the style sheet; no other `<link>` has a use on paper."""
        link_to = link.attrs.pop("href", None) or ""
        if (link.attrs.get("rel") or "").lower() != "stylesheet":
            self.report(link, "<link> may only be rel=stylesheet: remove it")
            return
        try:
            css = self._assets.text(link_to)
        except BadReference as problem:
            self.report(link, str(problem))
            return
        style = Element("style", {"media": link.attrs["media"]} if link.attrs.get("media") else {}, "html")
        style.append_child(Text(self._css(css, page, link_to, 1)))
        assert link.parent is not None
        link.parent.replace_child(style, link)

    def _css(self, css: str, page: Page, file: str, first_line: int) -> str:
        def report(line: int, message: str) -> None:
            self.problems.append(Problem(file, first_line + line - 1, message))

        self._says_its_paper |= check_paper(css, page, report)
        return inlined_css(css, self._assets, report)
