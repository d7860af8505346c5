"""A school's colour, so that it can be read: on white paper and on dark, with the ink that suits it. Pure."""

from __future__ import annotations

from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass
from typing import TypeAlias

Rgb: TypeAlias = tuple[float, float, float]
"""Red, green and blue, from 0 to 1."""

CARD = "#fffdf8"
DARK_CARD = "#1e2723"
INKS = ("#ffffff", "#000000")
"""Whatever the colour is, one of the two can be read on it: the worse of the best is 4.58."""
READABLE = 4.5
"""The contrast that WCAG 2.2 asks for of text, AA."""
READABLE_IN_THE_DARK = 7.0
"""AAA: screens are dim there."""
STEPS = 200


@dataclass(frozen=True, slots=True)
class Tones:
    """Colours as `#rrggbb`: of words on the card, of a button, and of what is written on the button."""

    words: str
    button: str
    ink: str


@dataclass(frozen=True, slots=True)
class Palette:
    light: Tones
    dark: Tones


def palette(colour: str) -> Palette:
    """The button is the very colour where paper is white; where it is dark, a colour that does not sink into it."""
    bright = readable(colour, on=DARK_CARD, enough=READABLE_IN_THE_DARK)
    return Palette(
        light=Tones(words=readable(colour, on=CARD), button=colour, ink=ink_on(colour)),
        dark=Tones(words=bright, button=bright, ink=ink_on(bright)),
    )


def readable(colour: str, on: str, enough: float = READABLE) -> str:
    """The shade of the colour that is nearest to it and can be read there."""
    hue, lightness, saturation = rgb_to_hls(*_rgb(colour))
    end = 0.0 if _luminance(on) > 0.5 else 1.0
    for step in range(STEPS + 1):
        shade = _hex(hls_to_rgb(hue, lightness + (end - lightness) * step / STEPS, saturation))
        if contrast(shade, on) >= enough:
            return shade
    raise ValueError(f"neither black nor white can be read on {on}")


def ink_on(colour: str) -> str:
    return max(INKS, key=lambda ink: contrast(ink, colour))


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 defines it: from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part) for part in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)
