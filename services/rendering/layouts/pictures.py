"""Certificates as pictures, to tell whether two of them look alike."""

from __future__ import annotations

import pypdfium2
from PIL import Image, ImageChops

PIXELS_PER_POINT = 150 / 72
"""150 dots an inch."""
UNSEEN = 1
"""Steps of 255 by which a colour may differ: rounding, which no eye sees."""


def picture_of(pdf: bytes) -> Image.Image:
    """Its first page."""
    with pypdfium2.PdfDocument(pdf) as document:
        picture: Image.Image = document[0].render(scale=PIXELS_PER_POINT).to_pil()
    return picture.convert("RGB")


def look_alike(one: bytes, other: bytes) -> bool:
    difference = ImageChops.difference(picture_of(one), picture_of(other))
    return difference.point(lambda steps: 255 * (steps > UNSEEN)).getbbox() is None
