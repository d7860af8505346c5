"""A page's forms as a browser without script would send them."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TypeAlias

Fields: TypeAlias = dict[str, list[str]]


class Form:
    """Fields and the boxes in them; `attributes` of every field by name, in the page's order."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: Fields = {}
        self.attributes: dict[str, list[dict[str, str | None]]] = {}

    def add(self, name: str, value: str, attributes: dict[str, str | None], *, sent: bool = True) -> None:
        self.attributes.setdefault(name, []).append(attributes)
        if sent and "disabled" not in attributes:
            self.fields.setdefault(name, []).append(value)

    def boxes(self, name: str) -> dict[str, dict[str, str | None]]:
        """The tick boxes of a name, by what they are called for people who cannot see them."""
        return {str(box.get("aria-label")): box for box in self.attributes.get(name, [])}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._inside: Form | None = None
        self._text_of: dict[str, str | None] | None = None
        self._menu: dict[str, str | None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        name = attributes.get("name") or ""
        if tag == "form":
            self._inside = Form(attributes.get("action") or "")
            self.forms.append(self._inside)
        elif self._inside and tag == "input":
            is_sent = attributes.get("type") not in ("checkbox", "radio") or "checked" in attributes
            self._inside.add(name, attributes.get("value") or "", attributes, sent=is_sent)
        elif self._inside and tag == "textarea":
            self._text_of = attributes
            self._inside.add(name, "", attributes)
        elif self._inside and tag == "select":
            self._menu = attributes
            self._inside.add(name, "", attributes)
        elif self._inside and tag == "option" and "selected" in attributes:
            self._inside.fields[self._menu["name"] or ""] = [attributes.get("value") or ""]

    def handle_data(self, data: str) -> None:
        if self._inside and self._text_of:
            self._inside.fields[self._text_of["name"] or ""] = [data]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = None
        elif tag == "textarea":
            self._text_of = None


def forms(html: str) -> list[Form]:
    reader = _Reader()
    reader.feed(html)
    return reader.forms


def form(html: str, field: str) -> Form:
    """The form that has this field."""
    found = [form for form in forms(html) if field in form.attributes]
    assert found, f"no form with {field!r} in {html}"
    return found[0]
