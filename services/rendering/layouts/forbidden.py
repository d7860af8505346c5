"""What a layout's HTML may not have, with the reason and what to do. This is for the designer, who learns at once
what would not work. What holds in any case are the fences around Chromium."""

from __future__ import annotations

NO_SCRIPT = "a layout runs no script: remove it"
NO_DOCUMENTS = "a layout shows no other document: draw it in layout.html itself"
NO_MEDIA = "paper plays nothing: remove it, or use an <img>"
NO_FORM = "paper takes no input: remove it"
NO_HIDING = "its content cannot be checked: write the content itself"
NO_NETWORK = "a layout tells nobody anything and fetches nothing: remove it"
NO_SCREEN = "paper has one resolution and does not scroll: use src alone"

ELEMENTS = {
    "script": NO_SCRIPT,
    **dict.fromkeys(("iframe", "frame", "frameset", "fencedframe", "portal", "object", "embed"), NO_DOCUMENTS),
    "applet": NO_DOCUMENTS,
    **dict.fromkeys(("video", "audio", "source", "track", "picture", "bgsound", "marquee", "canvas"), NO_MEDIA),
    **dict.fromkeys(("form", "input", "button", "textarea", "select", "dialog"), NO_FORM),
    **dict.fromkeys(("animate", "animatemotion", "animatetransform", "animatecolor", "set", "discard"), NO_MEDIA),
    **dict.fromkeys(("template", "noscript", "noembed", "noframes", "xmp", "plaintext"), NO_HIDING),
    "base": "references are relative to the layout's folder: remove it",
}

ATTRIBUTES = {
    **dict.fromkeys(("srcset", "imagesrcset", "sizes", "loading", "lowsrc"), NO_SCREEN),
    "srcdoc": NO_DOCUMENTS,
    **dict.fromkeys(("ping", "attributionsrc", "action", "formaction", "manifest", "longdesc"), NO_NETWORK),
}

REFERENCES = {"src", "href", "xlink:href", "background", "poster", "data"}
"""Attributes that name a file."""

LINKS = ("https://", "http://", "mailto:", "#")
"""Where an `<a>` may lead: paper does not go there."""


def why_not(element: str) -> str | None:
    """Why a layout may not have the element; None where it may."""
    name = element.lower()
    if ":" in name:
        return "a layout takes in no other document, and its elements are those of HTML and SVG: remove it"
    return ELEMENTS.get(name)


def why_no_attribute(attribute: str) -> str | None:
    """Why no element may have the attribute; None where it may."""
    name = attribute.lower()
    return NO_SCRIPT if name.startswith("on") else ATTRIBUTES.get(name)
