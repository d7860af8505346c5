"""The agreement between layout.json and layout.html about fields."""

from __future__ import annotations

from justhtml import Element

from contracts.rendering import FIELD_NAMES, LayoutField
from services.rendering.layouts.markup import Markup
from services.rendering.layouts.problems import JSON, Problem

QR = "verify_qr"


def check_fields(markup: Markup, declared: tuple[LayoutField, ...]) -> None:
    """Every field shown is declared and every declared field is shown, on elements that can be filled."""
    names: list[str] = [field.name for field in declared]
    shown: set[str] = set()
    for element in markup.elements():
        field = element.attrs.get("data-field")
        if field is not None:
            shown.add(field)
            _check_field(markup, element, field, names)
        _check_options(markup, element, names)
    for name in dict.fromkeys(names):
        if name not in shown:
            message = f'{name} is declared and not shown: give an element data-field="{name}", or remove it here'
            markup.problems.append(Problem(JSON, 0, message))
        if names.count(name) > 1:
            markup.problems.append(Problem(JSON, 0, f"{name} is declared twice: remove one"))


def _check_field(markup: Markup, element: Element, field: str, declared: list[str]) -> None:
    if field not in FIELD_NAMES:
        markup.report(element, f'data-field="{field}" is no field; the fields are {", ".join(FIELD_NAMES)}')
    elif field not in declared:
        markup.report(element, f"{field} is shown and not declared: add it to the fields of {JSON}")
    if (field == QR) != (element.name == "img"):
        markup.report(element, f"{field}: an <img> shows {QR}, and every other field is text in another element")
    elif any(child.name not in {"#text", "#comment"} for child in element.children):
        markup.report(element, f"{field}: filling replaces all that is in it: put the elements in it beside it")


def _check_options(markup: Markup, element: Element, declared: list[str]) -> None:
    condition = element.attrs.get("data-show-if")
    if condition is not None and condition not in declared:
        markup.report(element, f'data-show-if="{condition}" is no field of {JSON}: declare it, or correct it')
    floor = element.attrs.get("data-fit")
    if floor is not None and not (floor.isdigit() and int(floor) >= 6):
        markup.report(element, f'data-fit="{floor}" is the smallest type in px: a whole number from 6 up')
    if floor is not None and "data-field" not in element.attrs:
        markup.report(element, "data-fit belongs on the element that has data-field: move it there")
    if element.name == "img" and "alt" not in element.attrs:
        markup.report(element, 'an image is read aloud by its alt: add one, or alt="" for an ornament')
    if element.name == "html" and not element.attrs.get("lang"):
        markup.report(element, 'the language is not said: write <html lang="en">, or the one that the texts are in')
