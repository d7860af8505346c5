"""The picture behind the certificate: a JPEG of about 300 KB, the same bytes at every run."""

from __future__ import annotations

import functools
import io
import random
from bisect import bisect_right

from PIL import Image, ImageFilter

WIDTH_PX, HEIGHT_PX = 1754, 1240
"""A4 landscape at 150 dots an inch."""
LARGEST_BYTES = 300_000
QUALITIES = range(40, 96)
SEED = 20260930


@functools.cache
def background() -> bytes:
    """At the highest quality whose file is not over `LARGEST_BYTES`."""
    picture = _picture()
    too_large = bisect_right(QUALITIES, LARGEST_BYTES, key=lambda quality: len(_jpeg(picture, quality)))
    return _jpeg(picture, QUALITIES[too_large - 1])


def _picture() -> Image.Image:
    """Clouds with a fine grain, pale enough to write on: what a school's photo is to a compressor."""
    chance = random.Random(SEED)
    clouds = _noise(chance, 12).filter(ImageFilter.GaussianBlur(30))
    grain = _noise(chance, 700).filter(ImageFilter.GaussianBlur(1))
    pale = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), "#fbf8f0")
    return Image.blend(pale, Image.blend(clouds, grain, 0.3), 0.3)


def _noise(chance: random.Random, columns: int) -> Image.Image:
    """Random colours, that many across, spread over the whole sheet."""
    rows = columns * HEIGHT_PX // WIDTH_PX
    noise = Image.frombytes("RGB", (columns, rows), chance.randbytes(columns * rows * 3))
    return noise.resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.BICUBIC)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return file.getvalue()
