"""A layout brings its fonts: from its folder, or from the machine that publishes it, and never something like them."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from services.rendering.layouts import draft_of, reading_of
from services.rendering.layouts.fonts import NAMES, packed
from services.rendering.layouts.installed import installed_fonts
from tests.unit.layout_folders import FACE, NAME, font, hints, layout, problems

PAGE = "@page { size: A4 landscape; margin: 0 }"


def styled(folder: Path, css: str) -> Path:
    """A layout whose CSS begins on line 4."""
    return layout(folder, NAME, head=f"<style>\n{css}\n{PAGE}</style>")


def font_inside(folder: Path) -> TTFont:
    [content] = re.findall(r"data:font/woff;base64,([^\"]+)", draft_of(folder, "test").html)
    return TTFont(io.BytesIO(base64.b64decode(content)))


@pytest.fixture
def installed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine with two fonts, Kowhai and Rata, and no other."""
    machine = tmp_path_factory.mktemp("machine")
    (machine / "kowhai.ttf").write_bytes(font(name="Kowhai"))
    (machine / "rata.otf").write_bytes(font(name="Rata", postscript=True))
    config = machine / "fonts.conf"
    config.write_text(
        f"<fontconfig><dir>{machine}</dir><cachedir>{machine / 'cache'}</cachedir></fontconfig>", encoding="utf-8"
    )
    monkeypatch.setenv("FONTCONFIG_FILE", str(config))
    installed_fonts.cache_clear()
    yield machine
    installed_fonts.cache_clear()


@pytest.mark.parametrize("kind", ["ttf", "otf", "woff", "woff2"])
def test_a_font_of_any_kind_becomes_a_truetype_font_without_hints(tmp_path: Path, kind: str) -> None:
    written = TTFont(io.BytesIO(font(postscript=kind == "otf")))
    written.flavor = kind if kind.startswith("woff") else None
    folder = styled(
        tmp_path, f"@font-face {{ font-family: x; src: url(x.{kind}) format('{kind}') }} p {{ font: 9px x }}"
    )
    written.save(tmp_path / f"x.{kind}")
    inside = font_inside(folder)
    assert inside.flavor == "woff"
    assert "glyf" in inside
    assert sorted(map(chr, inside.getBestCmap())) == ["A", "a", "n"]
    assert inside["glyf"][inside.getBestCmap()[ord("A")]].xMax == 450


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("src", "chosen"),
    [
        ('local("Kowhai")', "Kowhai"),
        ("local(kowhai)", "Kowhai"),
        ('local("Kauri"), local("Rata"), local("Kowhai")', "Rata"),
        ('local("Kauri"), url(plain.ttf), local("Rata")', "Plain"),
    ],
)
def test_the_first_font_that_is_installed_is_brought_inside(tmp_path: Path, src: str, chosen: str) -> None:
    folder = styled(tmp_path, f"@font-face {{ font-family: x; src: {src} }} p {{ font: 9px x }}")
    assert reading_of(folder, "test").fonts == (chosen,)
    assert "local(" not in draft_of(folder, "test").html


@pytest.mark.usefixtures("installed")
def test_a_font_that_is_not_installed_is_told_and_nothing_is_taken_for_it(tmp_path: Path) -> None:
    css = '@font-face { font-family: x;\n src: local("Kauri"), local("Kowha") } p { font: 9px x }'
    [found] = problems(styled(tmp_path, css))
    assert found.startswith('layout.html:5: none of "Kauri", "Kowha" is installed on this machine: install one')


@pytest.mark.parametrize(
    ("css", "told"),
    [
        (
            "p { font: 9px Georgia }",
            "4: Georgia may be another font on another machine: bring the font with @font-face",
        ),
        ("p { font-family: 'Noto Sans', x }", "4: Noto Sans may be"),
        ("p { font-family: serif }", "4: serif may be"),
        ("p { font: bold large/1.2 Open Sans, x }", "4: Open Sans may be"),
        ("p { font: caption }", "4: caption may be"),
        (":root { --a: var(--b) }\n:root { --b: Arial, x }\np { font-family: var(--a) }", "6: Arial may be"),
        ("p { font-family: var(--gone) }", "4: --gone may be"),
        ("p { font-family: var(--gone, Arial) }", "4: Arial may be"),
        ("@media print { div { p { font-family: Arial } } }", "4: Arial may be"),
    ],
)
def test_the_first_family_is_one_that_the_layout_brings(tmp_path: Path, css: str, told: str) -> None:
    found = problems(styled(tmp_path, f"{css}\n{FACE}"))
    assert [problem for problem in found if problem.startswith(f"layout.html:{told}")], found


@pytest.mark.parametrize(
    "css",
    [
        "p { font-family: Plain, 'Noto Sans', serif }",
        "p { font-family: 'plain' }",
        ":root { --a: var(--b) } :root { --b: Plain } p { font: italic 700 calc(9px + 1px)/1.2 var(--a) }",
        "p { font-family: var(--gone, Plain) }",
        "p { font: inherit } p { font-family: inherit }",
        "p { font: 700 larger Plain }",
    ],
)
def test_families_behind_the_first_may_be_any(tmp_path: Path, css: str) -> None:
    assert draft_of(styled(tmp_path, f"{css}\n{FACE}"), "test")


@pytest.mark.parametrize("body", ['<p style="font-family: Arial">', '<svg><text font-family="Arial">x</text></svg>'])
def test_attributes_name_fonts_too(tmp_path: Path, body: str) -> None:
    found = problems(layout(tmp_path, NAME + body))
    assert [problem for problem in found if problem.startswith("layout.html:5: Arial may be another font")], found


def test_a_layout_without_any_font_is_refused(tmp_path: Path) -> None:
    assert any("no font is named" in problem for problem in problems(styled(tmp_path, "p { color: red }")))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"wOF2", "x.ttf is no font, or broken: export it anew"),
        (font()[:200], "x.ttf is no font, or broken: export it anew"),
        (font(rights=0x0002), "x.ttf may not be embedded, its maker says"),
        (font(rights=0x0200), "x.ttf may not be embedded, its maker says"),
        (font(""), "x.ttf has no letters: use another font"),
    ],
)
def test_a_font_of_no_use_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "x.ttf").write_bytes(content)
    [found] = problems(styled(tmp_path, f"{FACE}\n@font-face {{ font-family: Plain; src: url(x.ttf) }}"))
    assert found.startswith(f"layout.html:5: {told}")


@pytest.mark.parametrize("face", ["src: url(plain.ttf)", "font-family: x", "font-family: x; src: format('woff')"])
def test_half_a_face_is_told(tmp_path: Path, face: str) -> None:
    assert problems(styled(tmp_path, f"{FACE}\n@font-face {{ {face} }}"))[0].startswith("layout.html:5: ")


def test_a_face_within_another_rule_is_told(tmp_path: Path) -> None:
    found = problems(styled(tmp_path, f"@media print {{\n{FACE} }}"))
    assert "layout.html:5: @font-face within another rule is not used: write it at the top" in found


def test_letters_that_a_font_lacks_are_hinted_at(tmp_path: Path) -> None:
    [told] = hints(layout(tmp_path, NAME))
    assert told.startswith("layout.html:3: Plain has no Ā ā Ē ē Ī ī Ō ō Ū ū Á á …: in a name, such letters will look")
    assert packed(font(NAMES)).lacks == ""


def test_a_face_that_is_never_named_is_hinted_at(tmp_path: Path) -> None:
    told = hints(styled(tmp_path, f"{FACE}\n@font-face {{ font-family: Spare; src: url(plain.ttf) }}"))
    assert "layout.html:5: spare is brought and never named: remove its @font-face" in told
