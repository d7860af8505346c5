"""A layout for copies that leave fields out: what stands around such a field goes with it, and nothing moves."""

from __future__ import annotations

from collections.abc import Collection

from justhtml import Element, JustHTML, Text

from contracts.rendering import FieldName
from services.rendering.layouts.bounds import elements_of
from services.rendering.library import FrozenLayout

STYLE = "@layer laurel-less { [data-left-out], [data-left-out] * { visibility: hidden !important } }"
FIELD, SHOW_IF = "data-field", "data-show-if"
FRAME = {"html", "body", "main"}
ART = {"img", "svg"}


def less(frozen: FrozenLayout, left_out: Collection[FieldName]) -> FrozenLayout:
    """The version without these fields. Where it hides one that is empty, it does so as always."""
    document = JustHTML(frozen.html, sanitize=False)
    for element in list(elements_of(document)):
        field = element.attrs.get(FIELD)
        if field and field in left_out and not _is_hidden_when_empty(element, field):
            _block_of(element, left_out).attrs["data-left-out"] = ""
            del element.attrs[FIELD]
    still_shown = {element.attrs.get(FIELD) for element in elements_of(document)}
    fields = tuple(field for field in frozen.layout.fields if field.name in still_shown)
    return frozen.model_copy(
        update={
            "layout": frozen.layout.model_copy(update={"fields": fields}),
            "html": _with_style(document),
            # Tried for the layout as it was published, not for this one.
            "together": False,
            "art_once": False,
        }
    )


def _is_hidden_when_empty(element: Element, field: str) -> bool:
    block: Element | None = element
    while block is not None:
        if block.attrs.get(SHOW_IF) == field:
            return True
        block = _parent(block)
    return False


def _block_of(element: Element, left_out: Collection[FieldName]) -> Element:
    """The element with what is said of it: `Certificate` before its number. Other fields and art are not its own."""
    block = element
    while (parent := _parent(block)) is not None and parent.name not in FRAME and _is_all_about(parent, left_out):
        block = parent
    return block


def _is_all_about(block: Element, left_out: Collection[FieldName]) -> bool:
    inside = [node for node in block.query("*") if isinstance(node, Element)]
    fields = {element.attrs[FIELD] for element in inside if FIELD in element.attrs}
    has_art = any(element.name in ART and FIELD not in element.attrs for element in inside)
    return fields <= set(left_out) and not has_art


def _parent(element: Element) -> Element | None:
    return element.parent if isinstance(element.parent, Element) else None


def _with_style(document: JustHTML) -> str:
    """Before the layout's own styles: what is important in the first layer nothing later can undo."""
    [head] = [element for element in elements_of(document) if element.name == "head"]
    style = Element("style", {}, "html")
    style.append_child(Text(STYLE))
    if head.children:
        head.insert_before(style, head.children[0])
    else:
        head.append_child(style)
    return document.to_html(pretty=False)
