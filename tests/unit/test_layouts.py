"""What a layout's designer is told: the file, the line, and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.rendering.layouts import LayoutRefused, draft_of

DEMO = Path(__file__).parents[2] / "deploy" / "demo" / "layouts"
PAPER = "<style>@page { size: A4 landscape; margin: 0 }</style>"
NAME = '<p data-field="recipient_name">Ana</p>'
FIELDS = [{"name": "recipient_name"}]
PNG = bytes.fromhex("89504e470d0a1a0a")


def layout(folder: Path, body: str, *, head: str = PAPER, fields: object = FIELDS) -> Path:
    page = {"size": "A4", "orientation": "landscape"}
    (folder / "layout.json").write_text(json.dumps({"name": "Test", "page": page, "fields": fields}))
    (folder / "layout.html").write_text(
        f'<!DOCTYPE html>\n<html lang="en">\n<head>{head}</head>\n<body>\n{body}\n</body></html>'
    )
    return folder


def problems(folder: Path) -> list[str]:
    with pytest.raises(LayoutRefused) as refused:
        draft_of(folder, "test")
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.parametrize("layout_id", ["harbour", "shoreline"])
def test_the_demo_layouts_have_no_problem(layout_id: str) -> None:
    draft = draft_of(DEMO / layout_id, layout_id)
    shows_notes = "notes" in {field.name for field in draft.fields}
    assert shows_notes == (layout_id == "harbour")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<script>1</script>", "<script>: a layout runs no script: remove it"),
        ('<svg><script href="x.js"/></svg>', "<script>: a layout runs no script"),
        ('<p onclick="x()">', "onclick=…: a layout runs no script"),
        ('<svg onload="x()"></svg>', "onload=…: a layout runs no script"),
        ('<iframe src="#"></iframe>', "<iframe>: a layout shows no other document"),
        ('<object data="#"></object>', "<object>: a layout shows no other document"),
        ('<embed src="#">', "<embed>: a layout shows no other document"),
        ('<meta http-equiv="refresh" content="0;url=https://x.example">', "<meta http-equiv> steers the browser"),
        ('<base href="#">', "<base>: references are relative to the layout's folder"),
        ("<template><script>1</script></template>", "<template>: its content cannot be checked"),
        ('<a href="javascript:alert(1)">', "<a> leads to javascript:alert(1)"),
        ('<svg><a><animate attributeName="href"/></a></svg>', "<animate>: paper plays nothing"),
    ],
)
def test_a_layout_that_runs_something_is_refused(tmp_path: Path, body: str, told: str) -> None:
    assert any(told in problem and "layout.html:5" in problem for problem in problems(layout(tmp_path, NAME + body)))


@pytest.mark.parametrize(
    "body",
    [
        '<img alt="" src="https://x.example/a.png">',
        '<img alt="" src="//x.example/a.png">',
        '<img alt="" src="file:///etc/passwd">',
        '<img alt="" src="/etc/passwd">',
        '<img alt="" src="data:text/html,x">',
        '<svg><image href="http://x.example/a.png"/></svg>',
        '<svg><rect fill="url(https://x.example/a.svg#b)"/></svg>',
        '<p style="background: url(https://x.example/a.png)"></p>',
        '<style>p { background: image-set("https://x.example/a.png" 1x) }</style>',
        "<style>@media print { p { background: url(//x.example/a.png) } }</style>",
        "<style>@font-face { font-family: x; src: url('http://x.example/a.woff2') }</style>",
        '<link rel="stylesheet" href="https://x.example/a.css">',
    ],
)
def test_a_layout_that_fetches_is_refused(tmp_path: Path, body: str) -> None:
    assert any("would be fetched" in problem for problem in problems(layout(tmp_path, NAME + body)))


def test_a_file_outside_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "layout"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(PNG)
    (folder / "way-out.png").symlink_to(tmp_path / "secret.png")
    found = problems(layout(folder, f'{NAME}<img alt="" src="../secret.png"><img alt="" src="way-out.png">'))
    assert len([problem for problem in found if "lies outside the layout's folder" in problem]) == 2


def test_files_of_the_folder_are_brought_inside(tmp_path: Path) -> None:
    (tmp_path / "a b.png").write_bytes(PNG)
    (tmp_path / "font.woff2").write_bytes(b"font")
    (tmp_path / "style.css").write_text(
        "@page { size: landscape A4; margin: 0 }\n@font-face { font-family: x; src: url(font.woff2) }"
    )
    body = f'{NAME}<img alt="" src="a%20b.png"><p style="background: url(\'a b.png\')"></p>'
    html = draft_of(layout(tmp_path, body, head='<link rel="stylesheet" href="style.css">'), "test").html
    assert html.count("data:image/png;base64,iVBORw0KGgo=") == 2
    assert "data:font/woff2;base64,Zm9udA==" in html
    assert "<link" not in html


def test_a_missing_file_is_told_with_its_line(tmp_path: Path) -> None:
    head = "<style>\n@page { size: A4 landscape; margin: 0 }\np { background: url(gone.png) }</style>"
    told = "layout.html:5: gone.png is not in the layout's folder: add the file or remove the reference"
    assert problems(layout(tmp_path, NAME, head=head)) == [told]


def test_shown_and_declared_fields_are_the_same(tmp_path: Path) -> None:
    body = '<p data-field="recipient_name"></p><p data-field="nickname"></p><p data-field="title"></p>'
    told = "\n".join(problems(layout(tmp_path, body, fields=[*FIELDS, {"name": "notes"}])))
    assert 'layout.html:5: data-field="nickname" is no field' in told
    assert "layout.html:5: title is shown and not declared" in told
    assert "layout.json: notes is declared and not shown" in told


def test_filling_would_remove_no_element(tmp_path: Path) -> None:
    found = problems(layout(tmp_path, '<p data-field="recipient_name">Dear <b>Ana</b></p>'))
    assert "filling replaces all that is in it" in found[0]


@pytest.mark.parametrize("css", ["", "@page { size: A4 portrait; margin: 0 }", "@page { size: A4 landscape }"])
def test_the_paper_is_the_one_that_layout_json_says(tmp_path: Path, css: str) -> None:
    found = problems(layout(tmp_path, NAME, head=f"<style>{css}</style>"))
    assert "write `@page { size: A4 landscape; margin: 0 }`" in found[0]


def test_json_that_cannot_be_read_is_told_with_its_line(tmp_path: Path) -> None:
    layout(tmp_path, NAME)
    (tmp_path / "layout.json").write_text('{\n "name": "Test",\n oops\n}')
    assert problems(tmp_path)[0].startswith("layout.json:3: this is no JSON")


def test_a_folder_without_a_layout_says_what_belongs_there(tmp_path: Path) -> None:
    assert len(problems(tmp_path)) == 2
