"""The QR code that leads to a certificate's verification page, drawn where its marker stands.

A browser needs as long for a fresh image of its own in each certificate as for the whole rest of the page, and keeps
them all in memory: so every certificate has the same image, and the code is written into its file.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from typing import Any

import zxingcpp
from PIL import Image

from services.rendering.pdf.objects import Object, Printed

SIDE = 211
"""Pixels of the marker, a square as a code is."""
COLOUR = (0, 0, 0, 128)
"""Half transparent: what lies below an opaque image a browser leaves away."""
MARKER = b"<</Type /XObject\n/Subtype /Image\n/Width %d\n/Height %d\n" % (SIDE, SIDE)
SHOWN = b"/X%d Do\n"
BLACK = re.compile(rb"\x00+")
"""Neighbouring black modules of one row."""


def marker() -> str:
    """The image, as a `data:` URI."""
    drawn = io.BytesIO()
    Image.new("RGBA", (SIDE, SIDE), COLOUR).save(drawn, "PNG")
    return f"data:image/png;base64,{base64.b64encode(drawn.getvalue()).decode()}"


def markers(printed: Printed, pages: Sequence[int]) -> frozenset[int]:
    """The marker's numbers in a print: one, unless nobody shows a code."""
    images = {image for page in pages for image in printed[page].resources(b"X")}
    return frozenset(image for image in images if _is_marker(printed[image]))


def with_code(content: bytes, places: frozenset[int], url: str) -> bytes:
    """A page's content with the code for `url` in the marker's place."""
    for place in places:
        content = content.replace(SHOWN % place, drawing(url))
    return content


def drawing(url: str) -> bytes:
    """Operators that draw the code upon the unit square: black on white, with the quiet zone that scanners want."""
    code = zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: Any = code.to_image(scale=1, add_quiet_zones=True)
    rows = memoryview(image)
    side = len(rows)
    scale = f"{1 / side:.12f} 0 0 -{1 / side:.12f} 0 1 cm"
    modules = "".join(
        f"{run.start()} {y} {run.end() - run.start()} 1 re\n"
        for y in range(side)
        for run in BLACK.finditer(rows[y : y + 1].tobytes())
    )
    return f"q\n{scale}\n1 1 1 rg\n0 0 {side} {side} re\nf\n0 0 0 rg\n{modules}f\nQ\n".encode()


def _is_marker(image: Object) -> bool:
    return image.head.startswith(MARKER) and image.content() == bytes(COLOUR[:3]) * SIDE**2
