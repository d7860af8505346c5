"""A layout for paper that is printed already: only what is filled in is seen, each text where it always stands."""

from __future__ import annotations

import re
from importlib.resources import files

from services.rendering.library import FrozenLayout

HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
STYLE = f"<style>{files(__package__).joinpath('bare.css').read_text()}</style>"


class BareLayout(FrozenLayout):
    """A layout version as it is printed without its background. It is never published, nor kept."""


def bare(frozen: FrozenLayout) -> BareLayout:
    """What is unseen keeps its room, so nothing moves; there is no art to be printed once."""
    return BareLayout.model_construct(**{**dict(frozen), "html": _with_style(frozen.html), "art_once": False})


def _with_style(html: str) -> str:
    """Before the layout's own styles: what is important in the first layer nothing later can undo."""
    head = HEAD.search(html)
    at = head.end() if head else 0
    return html[:at] + STYLE + html[at:]
