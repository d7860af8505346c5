"""An SVG in an `<img>` is a document of its own: it sees no other file, no font of the layout, and runs nothing."""

from __future__ import annotations

from justhtml import Element, JustHTML

from services.rendering.layouts import forbidden
from services.rendering.layouts.assets import SVG, Assets, BadReference
from services.rendering.layouts.bounds import elements_of, is_bearable
from services.rendering.layouts.declarations import addresses_in
from services.rendering.layouts.problems import Findings, Report

MARKUP_OF_XML = ("<!entity", "<!attlist", "<?xml-stylesheet")
NO_FONTS = "an image sees no font of the layout: turn its text into paths, or draw the SVG in layout.html itself"
NO_FILES = "an image sees no other file: put that into it as data:image/…, or remove it"
ELEMENTS = {"text": NO_FONTS, "foreignobject": "an image of SVG holds SVG alone: remove it"}


def check_drawings(assets: Assets, findings: Findings) -> None:
    """Every SVG that was brought inside as an image."""
    for name, text in list(assets.drawings.items()):
        _check(text, assets, findings.report(name))


def _check(text: str, assets: Assets, report: Report) -> None:
    for markup in MARKUP_OF_XML:
        if markup in text.lower():
            report.problem(f"{markup}…: an image of SVG is plain SVG: remove it")
    document = JustHTML(text, sanitize=False, track_node_locations=True)
    if not is_bearable(document, report):
        return
    for element in elements_of(document):
        line = element.origin_line or 1
        why_not = forbidden.why_not(element.name) or ELEMENTS.get(element.name.lower())
        if why_not:
            report.problem(f"<{element.name}>: {why_not}", line)
        if element.name.lower() == "style":
            _addresses(element.to_text(separator="", strip=False), assets, report, line)
        _attributes(element, assets, report)


def _attributes(element: Element, assets: Assets, report: Report) -> None:
    line = element.origin_line or 1
    for name, value in element.attrs.items():
        why_not = forbidden.why_no_attribute(name)
        if why_not:
            report.problem(f"{name}=…: {why_not}", line)
        elif name in forbidden.REFERENCES:
            _address(value or "", assets, report, line)
        elif value and "(" in value:
            _addresses(value, assets, report, line)


def _addresses(css: str, assets: Assets, report: Report, first_line: int) -> None:
    for line, address in addresses_in(css):
        _address(address, assets, report, first_line + line - 1)


def _address(address: str, assets: Assets, report: Report, line: int) -> None:
    is_pixels = address.startswith("data:image/") and not address.startswith(f"data:{SVG}")
    if not is_pixels and not address.startswith("#"):
        report.problem(f"{address[:80]}: {NO_FILES}", line)
        return
    try:
        assets.brought(address)
    except BadReference as problem:
        report.problem(str(problem), line)
