"""One print of many certificates becomes a file for each.

What a file says depends on its certificate alone: every object is numbered and named in the order in which the
certificate's own page comes to it, so a certificate printed with others is the same bytes as one printed alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.rendering.pdf import qr
from services.rendering.pdf.about import About
from services.rendering.pdf.art import MARKER_WIDTH, Art, art_of, by_marker
from services.rendering.pdf.certificate import Certificate, CertificateFile, Print
from services.rendering.pdf.fonts import fonts_of
from services.rendering.pdf.objects import Printed, StrangePdf
from services.rendering.pdf.tags import Tags

__all__ = ["MARKER_WIDTH", "About", "Art", "Certificate", "StrangePdf", "WrongPageCount", "art_of", "separate"]


class WrongPageCount(Exception):
    """The print has another number of pages than of certificates."""

    def __init__(self, pages: int) -> None:
        super().__init__(f"{pages} pages")
        self.pages = pages


def separate(content: bytes, abouts: Sequence[About], arts: Sequence[Art] = ()) -> list[Certificate]:
    """The certificates of a print, one a page, each with what is said about it; `arts` stand where their markers do.

    WrongPageCount; StrangePdf where Chromium writes its PDFs in another way than is known here.
    """
    printed = Printed(content, {number: thing for art in arts for number, thing in art.objects.items()})
    pages = printed.pages()
    if len(pages) != len(abouts):
        raise WrongPageCount(len(pages))
    tags = Tags(printed)
    source = Print(printed, tags, fonts_of(printed), by_marker(printed, pages, arts), qr.markers(printed, pages))
    return [
        CertificateFile(source, about).drawn(page, tags.article(place, len(pages)))
        for place, (page, about) in enumerate(zip(pages, abouts, strict=True))
    ]
