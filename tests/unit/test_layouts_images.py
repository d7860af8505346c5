"""Images as they are put into a layout: the same picture, as Chromium prints it fastest, and nothing beside it."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from contracts.rendering import Page
from services.rendering.layouts.images import BadImage, Picture, prepared
from tests.unit.layout_folders import NAME, hints, image, layout, problems, saved

A4 = Page(size="A4", orientation="landscape")
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
TURNED = Image.Exif()
TURNED[0x0112] = 6
WHERE = Image.Exif()
WHERE[0x010E] = "taken at the pool"


def opened(picture: Picture) -> Image.Image:
    return Image.open(io.BytesIO(picture.content))


def is_red_on_the_left(picture: Image.Image) -> bool:
    left, right = (picture.convert("RGB").getpixel((x, picture.height // 2)) for x in (1, picture.width - 2))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    return left[0] > 200 > 60 > left[2] and right[2] > 200 > 60 > right[0]


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB"), ("WEBP", "RGBA")]
)
def test_a_picture_with_nothing_showing_through_becomes_a_jpeg(kind: str, mode: str) -> None:
    picture = prepared(image(kind, (32, 24), mode=mode), A4)
    assert picture.media_type == "image/jpeg"
    assert opened(picture).mode == "RGB"
    assert is_red_on_the_left(opened(picture))
    assert not picture.hint


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_transparent_picture_stays_exact_and_is_hinted_at(kind: str) -> None:
    glass = Image.new("RGBA", (8, 6), (255, 0, 0, 128))
    picture = prepared(saved(glass, kind, **({"lossless": True} if kind == "WEBP" else {})), A4)
    assert picture.media_type == "image/png"
    assert opened(picture).getpixel((0, 0)) == (255, 0, 0, 128)
    assert "stays a PNG" in picture.hint


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"icc_profile": SRGB}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_good_jpeg_keeps_its_pixels_and_loses_its_notes(mode: str, options: dict[str, object]) -> None:
    plain = image(
        "JPEG", (32, 24), mode=mode, **{name: value for name, value in options.items() if name != "icc_profile"}
    )
    noted = image("JPEG", (32, 24), mode=mode, exif=WHERE, comment=b"by Mere", **options) + b"after its end"
    picture = prepared(noted, A4)
    assert picture.content == plain
    assert b"pool" not in picture.content


def test_a_photo_taken_sideways_is_turned_upright() -> None:
    sideways = Image.open(io.BytesIO(image("PNG", (32, 24)))).rotate(90, expand=True)
    picture = prepared(saved(sideways, "JPEG", exif=TURNED), A4)
    assert opened(picture).size == (32, 24)
    assert is_red_on_the_left(opened(picture))
    assert not opened(picture).getexif()


def test_a_jpeg_for_four_inks_becomes_one_of_three_colours() -> None:
    picture = prepared(image("JPEG", (32, 24), mode="CMYK"), A4)
    assert opened(picture).mode == "RGB"
    assert is_red_on_the_left(opened(picture))


def test_a_deep_grey_picture_keeps_its_greys() -> None:
    grey = Image.new("I;16", (8, 6), 128 * 256)
    shade = opened(prepared(saved(grey, "PNG"), A4)).getpixel((4, 3))
    assert isinstance(shade, tuple)
    assert all(abs(part - 128) <= 2 for part in shade)


def test_more_dots_than_the_paper_shows_are_left_out() -> None:
    picture = opened(prepared(image("JPEG", (7016, 4960)), A4))
    assert (picture.width, picture.height) == (3508, 2480)
    assert is_red_on_the_left(picture)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_broken_picture_is_told(kind: str) -> None:
    whole = image(kind, (200, 200))
    with pytest.raises(BadImage, match="broken"):
        prepared(whole[: len(whole) // 2], A4)


def test_what_is_no_picture_is_told(tmp_path: Path) -> None:
    (tmp_path / "art.png").write_bytes(b"GIF89a")
    found = problems(layout(tmp_path, f'{NAME}<img alt="" src="art.png">'))
    assert found == ["layout.html:5: art.png is no PNG, JPEG or WebP, or broken: save it anew"]


@pytest.mark.parametrize("side", [6_400, 12_000, 20_000])
def test_a_picture_of_endless_pixels_is_refused_by_its_header(tmp_path: Path, side: int) -> None:
    small = bytearray(image("PNG"))
    # Width and height stand at bytes 16 to 24; the check sum behind them covers them.
    small[16:24] = side.to_bytes(4, "big") * 2
    small[29:33] = zlib.crc32(small[12:29]).to_bytes(4, "big")
    (tmp_path / "art.png").write_bytes(small)
    [found] = problems(layout(tmp_path, f'{NAME}<img alt="" src="art.png">'))
    assert found == "layout.html:5: art.png has over 40 million pixels: 300 an inch of the paper are enough"


def test_a_moving_picture_is_refused() -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    with pytest.raises(BadImage, match="moves, and paper does not"):
        prepared(saved(frames[0], "WEBP", save_all=True, append_images=frames[1:]), A4)


def test_the_hint_names_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "art.png").write_bytes(saved(Image.new("RGBA", (4, 4), (0, 0, 0, 9)), "PNG"))
    told = [hint for hint in hints(layout(tmp_path, f'{NAME}<img alt="" src="art.png">')) if "art.png" in hint]
    assert told[0].startswith("layout.html:5: art.png: something shows through it")
