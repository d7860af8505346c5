"""Certificates as pictures: to tell whether two look alike, and to look at one before and after it is issued."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from contracts.pictures import CARD_PX

PIXELS_PER_POINT = 150 / 72
"""150 dots an inch."""
UNSEEN = 1
"""Steps of 255 by which a colour may differ: rounding, which no eye sees."""


LONGER_SIDE_PX = 1200
CARD_MARGIN_PX = 32
GROUND, EDGE, SHADOW = (238, 234, 223), (214, 207, 190), (196, 189, 171)

_pdfium = threading.Lock()
"""The library may be used by one thread at a time."""


def picture_of(pdf: bytes) -> Image.Image:
    """Its first page."""
    with _first_page(pdf) as page:
        return _drawn(page, PIXELS_PER_POINT)


def thumbnail_of(pdf: bytes, width_px: int) -> bytes:
    """Its first page as a JPEG of that width: a fifth of a PNG's bytes where a layout has a photo."""
    with _first_page(pdf) as page:
        return _jpeg(_drawn(page, width_px / page.get_width()))


def page_of(pdf: bytes) -> bytes:
    """Its first page as a JPEG, to be looked at on a screen."""
    with _first_page(pdf) as page:
        return _jpeg(_drawn(page, LONGER_SIDE_PX / max(page.get_size())))


def card_of(pdf: bytes) -> bytes:
    """Its first page as it is shown beside a link: a PNG, the page whole and centred on a quiet ground."""
    width, height = CARD_PX
    with _first_page(pdf) as page:
        room = (width - 2 * CARD_MARGIN_PX) / page.get_width(), (height - 2 * CARD_MARGIN_PX) / page.get_height()
        certificate = _drawn(page, min(room))
    left, top = (width - certificate.width) // 2, (height - certificate.height) // 2
    right, bottom = left + certificate.width, top + certificate.height
    card = Image.new("RGB", CARD_PX, GROUND)
    ImageDraw.Draw(card).rectangle((left, top + 8, right, bottom + 8), fill=SHADOW)
    card = card.filter(ImageFilter.GaussianBlur(10))
    ImageDraw.Draw(card).rectangle((left - 1, top - 1, right, bottom), outline=EDGE)
    card.paste(certificate, (left, top))
    file = io.BytesIO()
    card.save(file, "PNG")
    return file.getvalue()


@contextmanager
def _first_page(pdf: bytes) -> Iterator[pypdfium2.PdfPage]:
    with _pdfium, pypdfium2.PdfDocument(pdf) as document:
        yield document[0]


def _drawn(page: pypdfium2.PdfPage, pixels_per_point: float) -> Image.Image:
    picture: Image.Image = page.render(scale=pixels_per_point).to_pil()
    return picture.convert("RGB")


def _jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    # Without subsampling: small letters in a colour stay sharp.
    picture.save(file, "JPEG", quality=85, subsampling=0)
    return file.getvalue()


def look_alike(one: bytes, other: bytes) -> bool:
    difference = ImageChops.difference(picture_of(one), picture_of(other))
    return difference.point(lambda steps: 255 * (steps > UNSEEN)).getbbox() is None
