"""The one design that every contender prints: A4 landscape, a JPEG behind eight texts, and a QR code.

Laurel gets it as a layout with its fonts inside; the others as whole HTML with the fields written in and the fonts
by name.
"""

from __future__ import annotations

import base64
import functools
import html
import json
import shutil
import string
import subprocess
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import segno

from tests.bench.awards import fields_of
from tests.bench.background import background

TEMPLATE = string.Template(files(__package__).joinpath("certificate.html").read_text())
LONGEST = {
    "school_name": 60,
    "title": 60,
    "recipient_name": 60,
    "level_name": 60,
    "notes": 160,
    "issued_on": 20,
    "teacher_name": 60,
    "number": 20,
}
"""The eight texts, and the characters that the design has room for."""
FACES = (("Noto Serif", 400), ("Noto Serif", 700), ("Noto Sans", 400))
"""Family and weight."""


class FontMissing(Exception):
    """The text says which, and how to get it."""


def whole_html(fields: Mapping[str, str], faces: str = "") -> str:
    """A certificate as any program would write it: the texts escaped, the background and a fresh QR code inside."""
    texts = {name: html.escape(fields[name]) for name in LONGEST}
    return TEMPLATE.substitute(
        texts, faces=faces, background=_background_uri(), verify_qr=_qr_code(fields["verify_url"])
    )


def whole_html_with_fonts(fields: Mapping[str, str]) -> str:
    """The same with its fonts inside, as Laurel's layout has them."""
    return whole_html(fields, _faces_inside())


def write_layout(folder: Path) -> Path:
    """The design as a designer's folder: `layout.html`, `layout.json`, the background, the fonts."""
    folder.mkdir(parents=True)
    (folder / "background.jpg").write_bytes(background())
    for family, weight in FACES:
        shutil.copyfile(_font_file(family, weight), folder / _file_name(family, weight))
    faces = "\n  ".join(_face(family, weight, _file_name(family, weight)) for family, weight in FACES)
    sample = fields_of(0)
    content = TEMPLATE.substitute(
        sample, faces=faces, background="background.jpg", verify_qr=_qr_code(sample["verify_url"])
    )
    (folder / "layout.html").write_text(content)
    (folder / "layout.json").write_text(json.dumps(_description()))
    return folder


def _description() -> dict[str, object]:
    return {
        "name": "Bench",
        "page": {"size": "A4", "orientation": "landscape"},
        "fields": [*({"name": name, "max_length": length} for name, length in LONGEST.items()), {"name": "verify_qr"}],
    }


def _qr_code(url: str) -> str:
    uri: str = segno.make_qr(url, error="m").svg_data_uri(border=4, light="#fff", omitsize=True)
    return uri


@functools.cache
def _background_uri() -> str:
    return _data_uri("image/jpeg", background())


@functools.cache
def _faces_inside() -> str:
    """`@font-face` rules that need no file."""
    return "\n".join(
        _face(
            family, weight, f"data:font/ttf;base64,{base64.b64encode(_font_file(family, weight).read_bytes()).decode()}"
        )
        for family, weight in FACES
    )


def _data_uri(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def _face(family: str, weight: int, address: str) -> str:
    return f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: url("{address}") }}'


def _file_name(family: str, weight: int) -> str:
    return f"{family.replace(' ', '')}-{weight}.ttf"


@functools.cache
def _font_file(family: str, weight: int) -> Path:
    """The system's file of this face. FontMissing where it has none."""
    style = "Bold" if weight == 700 else "Regular"
    asked = ["fc-match", "-f", "%{family[0]}\t%{file}", f"{family}:style={style}"]
    found, _, file = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.partition("\t")
    if found != family:
        raise FontMissing(f"{family} {style} is not installed: install fonts-noto-core")
    return Path(file)
