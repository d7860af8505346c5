"""Fonts of the machine on which a layout is published, by their exact name: nothing is taken for something like it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TIMEOUT_S = 60
NAMED_INSTANCE = 0x10000
"""From here up, an index is a style within a variable font, and not a font."""

PREFERRED = (".ttf", ".ttc", ".otf", ".otc", ".woff2", ".woff")
"""Of one font in several forms; the first needs the least done to it."""


@dataclass(frozen=True, slots=True)
class InstalledFont:
    file: Path
    index: int
    """Its place in a collection."""


def can_look() -> bool:
    """Whether this machine can say which fonts it has."""
    return shutil.which("fc-list") is not None


def installed_font(name: str) -> InstalledFont | None:
    """The font with this full name (`Noto Serif Bold`) or PostScript name (`NotoSerif-Bold`), if it is there."""
    return installed_fonts().get(_key(name))


@cache
def installed_fonts() -> dict[str, InstalledFont]:
    """Every font by every name that it has."""
    fonts: dict[str, InstalledFont] = {}
    for font, names in sorted(map(_read, _listed() if can_look() else ()), key=lambda entry: _rank(entry[0])):
        if font.index < NAMED_INSTANCE and font.file.suffix.lower() in PREFERRED:
            for name in names:
                fonts.setdefault(_key(name), font)
    return fonts


def _listed() -> list[str]:
    listing = subprocess.run(
        ["/usr/bin/env", "fc-list", "--format", "%{fullname}\t%{postscriptname}\t%{index}\t%{file}\n"],
        check=True,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    return listing.stdout.splitlines()


def _read(line: str) -> tuple[InstalledFont, list[str]]:
    full_names, postscript_name, index, file = line.split("\t")
    return InstalledFont(Path(file), int(index)), [*full_names.split(","), postscript_name]


def _rank(font: InstalledFont) -> tuple[int, str]:
    kind = font.file.suffix.lower()
    return (PREFERRED.index(kind) if kind in PREFERRED else len(PREFERRED), str(font.file))


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()
