"""A PDF as a picture of a given width."""

from __future__ import annotations

import io

import pypdfium2


def picture_of(pdf: bytes, width: int) -> bytes:
    """Its first page as a PNG, `width` pixels wide."""
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0]
        drawn = page.render(scale=width / page.get_width()).to_pil()
    written = io.BytesIO()
    drawn.convert("RGB").save(written, "PNG")
    return written.getvalue()
