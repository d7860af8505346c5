"""The agreement between layout.json and layout.html about fields."""

from __future__ import annotations

from collections.abc import Iterator

from justhtml import Element, JustHTML

from contracts.rendering import FIELD_NAMES, LayoutField
from services.rendering.layouts.bounds import elements_of
from services.rendering.layouts.json_places import line_of
from services.rendering.layouts.markup import Markup
from services.rendering.layouts.problems import JSON, Findings

QR = "verify_qr"
SMALLEST_TYPE_PX = 6


def check_fields(markup: Markup, declared: tuple[LayoutField, ...], findings: Findings, json_text: str) -> None:
    """Every field shown is declared and every declared field is shown, on elements that can be filled."""
    names: list[str] = [field.name for field in declared]
    shown = set(lines_of_fields(markup))
    for element in markup.elements():
        if "data-field" in element.attrs:
            _check_field(markup, element, element.attrs["data-field"] or "", names)
        _check_options(markup, element, names)
    for index, name in enumerate(names):
        report = findings.report(JSON, line_of(json_text, ("fields", index)))
        if name in names[:index]:
            report.problem(f"{name} is declared twice: remove one")
        elif name not in shown:
            report.problem(f'{name} is declared and not shown: give an element data-field="{name}", or remove it here')


def lines_of_fields(markup: Markup) -> dict[str, int]:
    """Where each field is shown first."""
    lines: dict[str, int] = {}
    for element in markup.elements():
        if element.attrs.get("data-field"):
            lines.setdefault(element.attrs["data-field"] or "", element.origin_line or 1)
    return lines


def sample_texts(markup: Markup) -> dict[str, str]:
    """The text that stands in each field before it is filled."""
    return _texts(markup.elements())


def texts_of(html: str) -> dict[str, str]:
    """The same, of a layout that was published."""
    return _texts(elements_of(JustHTML(html, sanitize=False)))


def _texts(elements: Iterator[Element]) -> dict[str, str]:
    return {
        element.attrs["data-field"] or "": " ".join(element.to_text(separator="", strip=False).split())
        for element in elements
        if element.attrs.get("data-field")
    }


def _check_field(markup: Markup, element: Element, field: str, declared: list[str]) -> None:
    report = markup.at(element)
    if field not in FIELD_NAMES:
        report.problem(f'data-field="{field}" is no field: the fields are {", ".join(FIELD_NAMES)}')
    elif field not in declared:
        report.problem(f"{field} is shown and not declared: add it to the fields of {JSON}")
    if (field == QR) != (element.name == "img"):
        report.problem(f"{field}: an <img> shows {QR}, and every other field is text in another element")
    elif any(child.name not in {"#text", "#comment"} for child in element.children):
        report.problem(f"{field}: filling replaces all that is in it: put the elements in it beside it")


def _check_options(markup: Markup, element: Element, declared: list[str]) -> None:
    report = markup.at(element)
    condition = element.attrs.get("data-show-if")
    if condition is not None and condition not in declared:
        report.problem(f'data-show-if="{condition}" is no field of {JSON}: declare it, or correct it')
    floor = element.attrs.get("data-fit")
    if floor is not None and not (floor.isdigit() and int(floor) >= SMALLEST_TYPE_PX):
        report.problem(f'data-fit="{floor}" is the smallest type in px: a whole number from {SMALLEST_TYPE_PX} up')
    if floor is not None and "data-field" not in element.attrs:
        report.problem("data-fit belongs on the element that has data-field: move it there")
    if element.name == "img" and "alt" not in element.attrs:
        report.problem('an image is read aloud by its alt: add one, or alt="" for an ornament')
    if element.name == "html" and not element.attrs.get("lang"):
        report.problem('the language is not said: write <html lang="en">, or the one that the texts are in')
