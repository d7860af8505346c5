"""Layouts that would never be done: in time, in memory or in size."""

from __future__ import annotations

import base64
import struct
import zlib


def _png(width: int, height: int) -> str:
    """A white picture, a few kilobytes to send and four bytes a pixel to show."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress((b"\x00" + b"\xff" * (width // 8)) * height, 9)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _laughs(levels: int) -> str:
    """Each level shows the one before ten times."""
    groups = "".join(f'<g id="a{n}">{f"""<use href="#a{n - 1}"/>""" * 10}</g>' for n in range(1, levels))
    return f'<svg><defs><g id="a0"><rect width="1" height="1"/></g>{groups}</defs><use href="#a{levels - 1}"/></svg>'


NOISE = '<feTurbulence numOctaves="200" baseFrequency="0.9"/><feGaussianBlur stdDeviation="900"/>'
ENDLESS = {
    "a hundred thousand elements in one another": "<div>" * 100_000 + "x",
    "a billion laughs": _laughs(10),
    "a grid of 10,000,000 lines": "<div style='display:grid;grid:repeat(9999999,1px)/repeat(9999999,1px)'>"
    "<p style='grid-area:9999999/9999999'>x</p></div>",
    "noise without end": f'<svg width="20000" height="20000"><filter id="f">{NOISE * 40}</filter>'
    '<rect width="20000" height="20000" filter="url(#f)"/></svg>',
    "a million columns": "<div style='columns:1000000;height:1px'>" + "<p>xxxxx xxxx</p>" * 20_000 + "</div>",
    "a hundred kilometres": '<div style="height: 100000000mm">x</div>',
    "an image of 20,000 by 20,000": f'<img alt="" src="{_png(20_000, 20_000)}">',
    "forty images of 8,000 by 8,000": f'<img alt="" src="{_png(8_000, 8_000)}">' * 40,
}
