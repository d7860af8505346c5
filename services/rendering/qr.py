"""The QR code that leads to a certificate's verification page."""

from __future__ import annotations

import segno


def qr_code(url: str) -> str:
    """A `data:` URI of an SVG: black on white, with the four modules of quiet around it that scanners want."""
    uri: str = segno.make_qr(url, error="m").svg_data_uri(border=4, light="#fff", omitsize=True)
    return uri
