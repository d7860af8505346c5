"""A certificate as whoever holds it reads it: its text, its picture, its QR code."""

from __future__ import annotations

import io
import unicodedata

import pypdf
import zxingcpp

from services.rendering.layouts.pictures import picture_of


def text_of(pdf: bytes) -> str:
    """The text of the one page, in plain letters: a PDF keeps the shapes of Arabic and Chinese ones.

    Words that are written from right to left come in the order in which they stand on the paper.
    """
    [text] = texts_of(pdf)
    return text


def texts_of(pdf: bytes) -> list[str]:
    """The same of each of its pages."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return [" ".join(unicodedata.normalize("NFKC", page.extract_text()).split()) for page in pages]


def code_on(pdf: bytes) -> str:
    """What a phone reads from the QR code on the paper."""
    [code] = zxingcpp.read_barcodes(picture_of(pdf))
    return str(code.text)
