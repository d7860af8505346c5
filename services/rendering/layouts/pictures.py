"""Certificates as pictures: to tell whether two of them look alike, and to look at one before it is issued."""

from __future__ import annotations

import io

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


def thumbnail_of(pdf: bytes, width_px: int) -> bytes:
    """Its first page as a JPEG of that width: a fifth of a PNG's bytes where a layout has a photo."""
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0]
        picture: Image.Image = page.render(scale=width_px / page.get_width()).to_pil()
    file = io.BytesIO()
    # Without subsampling: small letters in a colour stay sharp.
    picture.convert("RGB").save(file, "JPEG", quality=85, subsampling=0)
    return file.getvalue()


def look_alike(one: bytes, other: bytes) -> bool:
    difference = ImageChops.difference(picture_of(one), picture_of(other))
    return difference.point(lambda steps: 255 * (steps > UNSEEN)).getbbox() is None
