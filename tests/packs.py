"""Certificates of the tests' own, as PDFs, and what a pack says."""

from __future__ import annotations

import io
import unicodedata
from typing import NamedTuple

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name, Page, Pdf

LANDSCAPE, PORTRAIT = (841.92, 594.96), (594.96, 841.92)
ART = b"q\n" + b"".join(b"%d %d m %d %d l S\n" % (n, n * 2, n * 3 % 500, n * 5 % 700) for n in range(500)) + b"Q\n"
PHOTO = bytes(range(256)) * 300


def certificate(name: str, size: tuple[float, float] = LANDSCAPE) -> bytes:
    """As rendering writes them: the layout's art is a stream of its own between what is the certificate's."""
    document = Pdf.new()
    photo = document.make_stream(PHOTO)
    photo.stream_dict = Dictionary(
        Type=Name.XObject, Subtype=Name.Image, Width=160, Height=160, ColorSpace=Name.DeviceRGB, BitsPerComponent=8
    )
    font = document.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    before = document.make_stream(f"1 0 0 -1 0 {size[1]} cm\nq\n60 0 0 60 30 30 cm\n/X5 Do\nQ\n".encode())
    after = document.make_stream(f"q\nBT\n/F4 40 Tf\n1 0 0 -1 100 300 Tm\n({name}) Tj\nET\nQ\n".encode())
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, *size]),
        Resources=Dictionary(Font=Dictionary(F4=font), XObject=Dictionary(X5=photo)),
        Contents=Array([before, document.make_stream(ART), after]),
    )
    document.pages.append(Page(document.make_indirect(page)))
    content = io.BytesIO()
    document.save(content, compress_streams=False)
    return content.getvalue()


class SheetSeen(NamedTuple):
    width_mm: int
    height_mm: int
    text: str


def sheets(pdf: bytes) -> list[SheetSeen]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [
            SheetSeen(
                round(page.get_width() * 25.4 / 72), round(page.get_height() * 25.4 / 72), _plain(page.get_textpage())
            )
            for page in document
        ]


def _plain(text: pypdfium2.PdfTextPage) -> str:
    return " ".join(unicodedata.normalize("NFKC", text.get_text_range()).split())


def streams(pdf: bytes, subtype: str) -> int:
    """How many images or forms the file has."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return sum(
            isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == f"/{subtype}" for thing in document.objects
        )
