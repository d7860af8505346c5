"""What a layout's designer is told: the file, the line, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.rendering.layouts import draft_of, reading_of
from tests.unit.layout_folders import FACE, FIELDS, NAME, font, hints, image, layout, problems

DEMO = Path(__file__).parents[2] / "deploy" / "demo" / "layouts"
LAYOUTS = {
    "harbour": "A4 landscape",
    "shoreline": "A4 portrait",
    "laureate": "Letter landscape",
    "spotlight": "Letter portrait",
}


@pytest.mark.parametrize("layout_id", LAYOUTS)
def test_the_demo_layouts_have_no_problem_and_no_hint(layout_id: str) -> None:
    reading = reading_of(DEMO / layout_id, layout_id)
    page = reading.draft.page
    shows_notes = "notes" in {field.name for field in reading.draft.fields}
    assert f"{page.size} {page.orientation}" == LAYOUTS[layout_id]
    assert shows_notes == (layout_id != "shoreline")
    assert reading.hints == ()


def test_the_samples_are_the_texts_that_stand_in_the_layout() -> None:
    assert reading_of(DEMO / "harbour", "harbour").samples["recipient_name"] == "Aroha Ngata"


def test_reading_a_folder_again_gives_the_same_draft(tmp_path: Path) -> None:
    (tmp_path / "art.png").write_bytes(image("PNG"))
    folder = layout(tmp_path, f'{NAME}<img alt="" src="art.png">')
    assert draft_of(folder, "test") == draft_of(folder, "test")


def test_files_of_the_folder_are_brought_inside(tmp_path: Path) -> None:
    (tmp_path / "a b.png").write_bytes(image("PNG"))
    (tmp_path / "style.css").write_text(f"@page {{ size: landscape A4; margin: 0 }}\n{FACE}")
    body = f'{NAME}<img alt="" src="a%20b.png"><p style="background: url(\'a b.png\')"></p>'
    html = draft_of(layout(tmp_path, body, head='<link rel="stylesheet" href="style.css">'), "test").html
    assert html.count("data:image/jpeg;base64,") == 2
    assert html.count("data:font/woff;base64,") == 1
    assert "<link" not in html


def test_a_missing_file_is_told_with_its_line(tmp_path: Path) -> None:
    head = f"<style>\n@page {{ size: A4 landscape; margin: 0 }}\np {{ background: url(gone.png) }} {FACE}</style>"
    told = "layout.html:5: gone.png is not in the layout's folder: add the file or remove the reference"
    assert problems(layout(tmp_path, NAME, head=head)) == [told]


def test_a_problem_of_a_linked_style_sheet_is_told_with_its_own_line(tmp_path: Path) -> None:
    (tmp_path / "style.css").write_text(
        f"@page {{ size: A4 landscape; margin: 0 }}\n{FACE}\np {{ src: url(gone.png) }}"
    )
    found = problems(layout(tmp_path, NAME, head='<link rel="stylesheet" href="style.css">'))
    assert found == ["style.css:3: gone.png is not in the layout's folder: add the file or remove the reference"]


def test_shown_and_declared_fields_are_the_same(tmp_path: Path) -> None:
    body = '<p data-field="recipient_name"></p><p data-field="nickname"></p><p data-field="title"></p>'
    told = "\n".join(problems(layout(tmp_path, body, fields=[*FIELDS, {"name": "notes"}])))
    assert 'layout.html:5: data-field="nickname" is no field' in told
    assert "layout.html:5: title is shown and not declared" in told
    assert "layout.json:1: notes is declared and not shown" in told


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('<p data-field="recipient_name">Dear <b>Ana</b></p>', "filling replaces all that is in it"),
        (f'{NAME}<p data-show-if="notes"></p>', 'data-show-if="notes" is no field of layout.json'),
        (f'{NAME}<p data-fit="9"></p>', "data-fit belongs on the element that has data-field"),
        ('<p data-field="recipient_name" data-fit="tiny"></p>', 'data-fit="tiny" is the smallest type in px'),
        ('<img alt="" data-field="recipient_name">', "an <img> shows verify_qr"),
        (f"{NAME}<img>", "an image is read aloud by its alt"),
    ],
)
def test_what_filling_could_not_do_is_told(tmp_path: Path, body: str, told: str) -> None:
    [found] = [problem for problem in problems(layout(tmp_path, body)) if told in problem]
    assert found.startswith("layout.html:5: ")


@pytest.mark.parametrize("css", ["", "@page { size: A4 portrait; margin: 0 }", "@page { size: A4 landscape }"])
def test_the_paper_is_the_one_that_layout_json_says(tmp_path: Path, css: str) -> None:
    found = problems(layout(tmp_path, NAME, head=f"<style>{css}{FACE}</style>"))
    assert "write `@page { size: A4 landscape; margin: 0 }`" in found[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{\n "name": "Test",\n oops\n}', "layout.json:3: this is no JSON"),
        (
            '{"name": "Test",\n"page": {"size": "A4", "orientation": "landscape"}}',
            "layout.json:1: fields: it is missing",
        ),
        ('{"name": "Test",\n"page": {\n"size": "A9"}, "fields": []}', "layout.json:3: page.size: input should be"),
        ('{"name": "Test",\n"page": {\n"size": "A4"}, "fields": []}', "layout.json:2: page.orientation: it is missing"),
        ('{"fields": [\n{"name": "notes"},\n{"name":\n"nick"}]}', "layout.json:3: fields.1.name: input should be"),
        ('{"name": "Test",\n"colour": "red"}', "layout.json:2: colour: a layout has no such setting"),
        ('["name"]', "layout.json:1: the whole: "),
    ],
)
def test_what_is_wrong_in_the_json_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    layout(tmp_path, NAME)
    (tmp_path / "layout.json").write_text(text)
    assert any(problem.startswith(told) for problem in problems(tmp_path)), problems(tmp_path)


def test_a_folder_without_a_layout_says_what_belongs_there(tmp_path: Path) -> None:
    assert len(problems(tmp_path)) == 2


def test_a_text_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    layout(tmp_path, NAME)
    (tmp_path / "layout.html").write_bytes(b"<p>\xff")
    assert problems(tmp_path) == ["layout.html: it is not UTF-8 at byte 3: save it as UTF-8"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<div>" * 300, "elements are nested deeper than 200"),
        ("<div>" * 100_000, "100,005 elements are more than the 20,000"),
        ("<br>" * 21_000, "21,005 elements are more than the 20,000"),
    ],
)
def test_a_layout_that_would_take_for_ever_is_refused(tmp_path: Path, body: str, told: str) -> None:
    assert any(told in problem for problem in problems(layout(tmp_path, NAME + body)))


def test_css_that_is_nested_without_end_is_refused(tmp_path: Path) -> None:
    css = "@media print {" * 5_000
    assert problems(layout(tmp_path, f"{NAME}<style>{css}</style>")) == [
        "layout.html: its CSS is nested too deeply: flatten it"
    ]


def test_an_svg_behind_a_text_is_hinted_at_and_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "art.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (tmp_path / "plain.ttf").write_bytes(font())
    told = hints(layout(tmp_path, f'{NAME}<p style="background: url(art.svg)"></p>'))
    assert any("an SVG in CSS is turned into pixels" in hint for hint in told)
