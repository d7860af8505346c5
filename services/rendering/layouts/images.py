"""Photos and drawings of pixels, made ready for paper when a layout is published.

Chromium copies a JPEG into the PDF byte for byte, and unpacks and packs every other image again for each print
(measured: 22 ms against 130 ms for a page's background). So what can be a JPEG becomes one, here and once.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from contracts.rendering import Page
from services.rendering.layouts.jpeg import without_notes
from services.rendering.printing.pages import millimetres

MOST_PIXELS = 40_000_000
PRINTED_DPI = 300
QUALITY = 90
ORIENTATION = 0x0112
UPRIGHT = 1
KINDS = ("PNG", "JPEG", "WEBP")
CAMERA = ("JPEG", "MPO")
"""A phone's MPO is a JPEG with another behind it."""
SRGB = ImageCms.createProfile("sRGB")


class BadImage(Exception):
    """The file cannot be printed; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Picture:
    media_type: str
    content: bytes
    hint: str = ""
    """What would print faster; empty where nothing would."""


def prepared(content: bytes, page: Page) -> Picture:
    """The image upright, in sRGB, no finer than the paper shows, without notes: a JPEG, or a PNG where it is
    transparent. BadImage where it is none, broken, moving or too large."""
    image = _opened(content)
    try:
        if image.format == "JPEG" and _is_ready(image, page):
            image.load()
            return Picture("image/jpeg", without_notes(content))
        # What was drawn has edges of pure colour, which half the colour's pixels would fray; a photo has none.
        return _written(_for_paper(image, page), subsampling="4:2:0" if image.format in CAMERA else "4:4:4")
    except (OSError, SyntaxError, ValueError, ImageCms.PyCMSError) as error:
        raise BadImage("is broken: save it anew") from error


def _opened(content: bytes) -> Image.Image:
    """Known by its header alone: nothing is unpacked before its size is known to be bearable."""
    try:
        with warnings.catch_warnings(action="ignore", category=Image.DecompressionBombWarning):
            image = Image.open(io.BytesIO(content), formats=KINDS)
    except Image.DecompressionBombError as error:
        raise BadImage(_too_large()) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise BadImage("is no PNG, JPEG or WebP, or broken: save it anew") from error
    if image.width * image.height > MOST_PIXELS:
        raise BadImage(_too_large())
    if getattr(image, "is_animated", False) and image.format not in CAMERA:
        raise BadImage("moves, and paper does not: save one picture of it")
    return image


def _too_large() -> str:
    return f"has over {MOST_PIXELS // 1_000_000} million pixels: {PRINTED_DPI} an inch of the paper are enough"


def _is_ready(image: Image.Image, page: Page) -> bool:
    """Chromium passes it through, and it is right as it is."""
    upright = image.getexif().get(ORIENTATION, UPRIGHT) == UPRIGHT
    usual = _means_srgb(image.info.get("icc_profile", b""))
    return image.mode in {"RGB", "L"} and upright and usual and _excess(image, page) <= 1


def _means_srgb(profile: bytes) -> bool:
    """No profile means sRGB too."""
    return not profile or any("sRGB".encode(letters) in profile for letters in ("ascii", "utf-16-be"))


def _for_paper(image: Image.Image, page: Page) -> Image.Image:
    upright = ImageOps.exif_transpose(_in_srgb(image))
    excess = _excess(upright, page)
    if excess <= 1:
        return upright
    size = (round(upright.width / excess), round(upright.height / excess))
    return upright.resize(size, Image.Resampling.LANCZOS)


def _excess(image: Image.Image, page: Page) -> float:
    """How many times finer than `PRINTED_DPI` it would be where it covers the whole paper."""
    width, height = (side / 25.4 * PRINTED_DPI for side in millimetres(page))
    return min(image.width / width, image.height / height)


def _in_srgb(image: Image.Image) -> Image.Image:
    """RGB, or RGBA where something shows through; in the colours that its profile means."""
    if image.mode.startswith("I"):
        image = image.point(lambda value: value / 256).convert("L")
    transparent = image.has_transparency_data
    profile = image.info.get("icc_profile", b"")
    if image.mode in {"RGB", "RGBA", "L", "CMYK"} and not _means_srgb(profile):
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        alpha = image.mode == "RGBA"
        converted = ImageCms.profileToProfile(image, source, SRGB, outputMode="RGBA" if alpha else "RGB")
        assert converted is not None
        image = converted
    return image.convert("RGBA" if transparent else "RGB")


def _written(image: Image.Image, subsampling: str) -> Picture:
    """Without a profile: every reader takes that for sRGB, which it is."""
    alpha = image.getchannel("A").getextrema()[0] if image.mode == "RGBA" else 255
    written = io.BytesIO()
    if alpha == 255:
        image.convert("RGB").save(written, "JPEG", quality=QUALITY, subsampling=subsampling, exif=b"", icc_profile=None)
        return Picture("image/jpeg", written.getvalue())
    image.save(written, "PNG", optimize=True, exif=b"", icc_profile=None)
    hint = "something shows through it, so it stays a PNG, which prints slower: a JPEG on a colour of its own is faster"
    return Picture("image/png", written.getvalue(), hint)
