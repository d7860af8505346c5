"""A certificate as whoever holds it reads it: its text, its picture, its QR code."""

from __future__ import annotations

import io
import unicodedata

import pypdf
import pypdfium2
import zxingcpp
from PIL import Image

PIXELS_PER_POINT = 150 / 72


def text_of(pdf: bytes) -> str:
    """The text of the one page, in plain letters: a PDF keeps the shapes of Arabic and Chinese ones.

    Words that are written from right to left come in the order in which they stand on the paper.
    """
    [page] = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(unicodedata.normalize("NFKC", page.extract_text()).split())


def picture_of(pdf: bytes) -> Image.Image:
    """The first page at 150 dots an inch."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        picture: Image.Image = document[0].render(scale=PIXELS_PER_POINT).to_pil()
        return picture
    finally:
        document.close()


def code_on(pdf: bytes) -> str:
    """What a phone reads from the QR code on the paper."""
    [code] = zxingcpp.read_barcodes(picture_of(pdf))
    return str(code.text)
