"""From a designer's folder to a frozen version: read, checked, made complete in itself, tried, published."""

from services.rendering.layouts.problems import LayoutRefused, Problem
from services.rendering.layouts.publish import draft_of, publish_layout

__all__ = ["LayoutRefused", "Problem", "draft_of", "publish_layout"]
