"""A layout's HTML: what it may not have is told, and what it refers to is brought inside."""

from __future__ import annotations

from collections.abc import Iterator

from justhtml import Element, JustHTML, Text

from contracts.rendering import Page
from services.rendering.layouts import forbidden
from services.rendering.layouts.assets import Assets, BadReference
from services.rendering.layouts.bounds import elements_of, is_bearable
from services.rendering.layouts.paper import paper
from services.rendering.layouts.problems import HTML, Findings, Report
from services.rendering.layouts.styles import FONTS_OF_SVG, Styles


class Markup:
    """One reading of `layout.html`. `findings` grow; `html()` is complete in itself when there is no problem."""

    def __init__(self, source: str, assets: Assets, page: Page, findings: Findings) -> None:
        self._document = JustHTML(source, sanitize=False, track_node_locations=True)
        self._assets = assets
        self._page = page
        self._findings = findings
        self.styles = Styles(assets, page)

    def html(self) -> str:
        return self._document.to_html(pretty=False)

    def elements(self) -> Iterator[Element]:
        return elements_of(self._document)

    def at(self, element: Element) -> Report:
        return self._findings.report(HTML, element.origin_line or 1)

    def is_bearable(self) -> bool:
        return is_bearable(self._document, self._findings.report(HTML))

    def bring_inside(self) -> None:
        """Check every element, and replace each reference to a file by the file itself."""
        for element in list(self.elements()):
            self._element(element)
        if not self.styles.says_its_paper:
            self._findings.report(HTML).problem(f"the paper is not said: write `{paper(self._page)}` in a <style>")
        self.styles.families.check(self.styles.faces, self._findings)

    def _element(self, element: Element) -> None:
        name = element.name.lower()
        why_not = forbidden.why_not(name)
        if why_not:
            self.at(element).problem(f"<{element.name}>: {why_not}")
        elif name == "meta" and "http-equiv" in element.attrs:
            self.at(element).problem("<meta http-equiv> steers the browser, which rendering does: remove it")
        elif name == "link":
            self._style_sheet_instead(element)
        elif name == "style":
            self._style(element)
        self._attributes(element)

    def _attributes(self, element: Element) -> None:
        for name, value in list(element.attrs.items()):
            why_not = forbidden.why_no_attribute(name)
            if why_not:
                self.at(element).problem(f"{name}=…: {why_not}")
            elif name in forbidden.REFERENCES:
                element.attrs[name] = self._reference(element, value or "")
            elif name == "style":
                element.attrs[name] = self.styles.attribute(value or "", self.at(element))
            elif value and element.namespace == "svg":
                self._svg_attribute(element, name, value)

    def _svg_attribute(self, element: Element, name: str, value: str) -> None:
        if name in FONTS_OF_SVG:
            self.styles.svg_font(name, value, self.at(element))
        elif "(" in value:
            element.attrs[name] = self.styles.value(value, self.at(element))

    def _reference(self, element: Element, reference: str) -> str:
        """Where it points now."""
        if element.name == "a":
            if not reference.lower().startswith(forbidden.LINKS):
                told = f"<a> leads to {reference}: let it begin with one of {' '.join(forbidden.LINKS)}"
                self.at(element).problem(told)
            return reference
        if element.name == "use" and not reference.startswith("#"):
            self.at(element).problem(f"<use> takes {reference} from elsewhere: copy the drawing in, and use its #id")
            return reference
        try:
            inside = self._assets.brought(reference)
        except BadReference as problem:
            self.at(element).problem(str(problem))
            return reference
        if inside.hint:
            self.at(element).hint(inside.hint)
        return inside.address

    def _style(self, element: Element) -> None:
        css = element.to_text(separator="", strip=False)
        first_line = next((child.origin_line for child in element.children if child.origin_line), 1)
        inlined = self.styles.sheet(css, self._findings.report(HTML, first_line))
        for child in list(element.children):
            element.remove_child(child)
        element.append_child(Text(inlined))

    def _style_sheet_instead(self, link: Element) -> None:
        """`<link rel=stylesheet>` becomes the style sheet; no other `<link>` has a use on paper."""
        link_to = link.attrs.pop("href", None) or ""
        if (link.attrs.get("rel") or "").lower() != "stylesheet":
            self.at(link).problem("<link> may only be rel=stylesheet: remove it")
            return
        try:
            css = self._assets.text(link_to)
        except BadReference as problem:
            self.at(link).problem(str(problem))
            return
        style = Element("style", {"media": link.attrs["media"]} if link.attrs.get("media") else {}, "html")
        style.append_child(Text(self.styles.sheet(css, self._findings.report(link_to))))
        assert link.parent is not None
        link.parent.replace_child(style, link)
