"""The QR code that leads to a certificate's verification page."""

from __future__ import annotations

import base64

import zxingcpp


def qr_code(url: str) -> str:
    """A `data:` URI of an SVG: black on white, with its quiet zone."""
    drawn = zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_svg(add_quiet_zones=True)
    # The image alone: the prologue names a document type somewhere in the network.
    image = drawn[drawn.index("<svg") :]
    return f"data:image/svg+xml;base64,{base64.b64encode(image.encode()).decode()}"
