"""From a designer's folder to a frozen version: read, checked, made complete in itself, tried, published."""

from services.rendering.layouts.draft import Reading, draft_of, reading_of
from services.rendering.layouts.problems import LayoutRefused, Problem
from services.rendering.layouts.publish import publish_draft, publish_layout

__all__ = ["LayoutRefused", "Problem", "Reading", "draft_of", "publish_draft", "publish_layout", "reading_of"]
