"""`laurel layouts check|preview`: what a designer reads, and the files that they look at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from PIL import Image

from deploy.cli import main
from deploy.layouts import NoLayout, NotPrinted, Say, check_folder, facts, layout_id_of, pace, trial_printer
from deploy.layouts_preview import preview_folder
from services.rendering.layouts import LayoutRefused
from services.rendering.printing.printer import PrintInterrupted
from tests.paper import text_of
from tests.service.rendering_world import DEMO_LAYOUTS

pytestmark = pytest.mark.heavy

GUIDE = Path(__file__).parents[2] / "docs" / "layouts.md"


def silent(_: str) -> None:
    """Nobody watches."""


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """The command sets logging up for its own process, which here is the tests'."""
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def files_in_the_guide() -> dict[str, str]:
    """The files of the guide's complete example: each is a block of code below a line that names it."""
    return dict(re.findall(r"^`(layout\.\w+)`:\n\n```\w+\n(.*?)^```", GUIDE.read_text(), re.DOTALL | re.MULTILINE))


@pytest.fixture
def example(tmp_path: Path) -> Path:
    folder = tmp_path / "example"
    folder.mkdir()
    for name, content in files_in_the_guide().items():
        (folder / name).write_text(content)
    return folder


async def test_the_example_of_the_guide_is_fine(example: Path) -> None:
    reading, draft = await check_folder(example, "example", silent)
    assert reading.hints == ()
    assert pace(draft) == "quick: its certificates are printed together, and its drawn art once"
    assert re.fullmatch(r'".+", A4 landscape, \d fields, \d fonts inside \(.+\), 0\.\d MB', facts(reading))


async def test_what_does_not_fit_is_told_with_the_line_of_its_field(example: Path) -> None:
    text = (example / "layout.html").read_text()
    (example / "layout.html").write_text(text.replace('data-fit="16"', 'data-fit="90"'))
    line = 1 + text[: text.index('data-fit="16"')].count("\n")
    with pytest.raises(LayoutRefused) as refused:
        await check_folder(example, "example", silent)
    [problem] = map(str, refused.value.problems)
    assert problem.startswith(f"layout.html:{line}: tried with the longest values: The student's name is too long")


async def _previewed(folder: Path, out: Path, say: Say = silent) -> list[Path]:
    return [file async for file in preview_folder(folder, folder.name, out, say)]


async def test_a_preview_is_a_pdf_and_a_picture_of_each_variant(tmp_path: Path) -> None:
    said: list[str] = []
    files = await _previewed(DEMO_LAYOUTS / "laureate", tmp_path / "out", said.append)
    variants = ["sample", "longest", "difficult-latin", "difficult-arabic", "difficult-chinese"]
    assert [file.name for file in files] == [
        f"laureate-{variant}.{kind}" for variant in variants for kind in ("pdf", "png")
    ]
    assert "Aroha Ngata" in text_of(files[0].read_bytes())
    assert "Whetūmārama" in text_of(files[4].read_bytes())
    with Image.open(files[1]) as picture:
        assert abs(picture.width - 11 * 150) <= 1
        assert abs(picture.height - 8.5 * 150) <= 1
    assert [step for step in said if step.startswith("printing")] == [f"printing {variant}" for variant in variants]


async def test_a_variant_that_cannot_be_printed_is_told_after_the_others(example: Path, tmp_path: Path) -> None:
    text = (example / "layout.html").read_text()
    (example / "layout.html").write_text(text.replace('data-fit="16"', 'data-fit="90"'))
    out = tmp_path / "out"
    with pytest.raises(LayoutRefused, match="longest: The student's name is too long"):
        await _previewed(example, out)
    assert (out / "example-sample.pdf").is_file()
    assert not (out / "example-longest.pdf").exists()


async def test_a_print_that_was_stopped_says_what_to_do() -> None:
    with pytest.raises(NotPrinted, match="the layout was not printed within 20 s: try again, and simplify the layout"):
        async with trial_printer():
            raise PrintInterrupted("not printed within 20 s")


@pytest.mark.parametrize(
    ("folder", "given", "told"),
    [
        ("gone", None, "is no folder: a layout is a folder with layout.html and layout.json"),
        ("empty", None, "has no layout.html: give the folder that holds it"),
        ("two words", None, "two words is no id for a layout"),
        ("two words", "no/id", "no/id is no id for a layout"),
    ],
)
def test_what_was_asked_wrongly_is_told_in_one_line(tmp_path: Path, folder: str, given: str | None, told: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "two words").mkdir()
    (tmp_path / "two words" / "layout.html").touch()
    with pytest.raises(NoLayout) as refused:
        layout_id_of(tmp_path / folder, given)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_layout_is_named_by_its_folder_or_as_asked(tmp_path: Path) -> None:
    (tmp_path / "layout.html").touch()
    assert layout_id_of(tmp_path) == tmp_path.name
    assert layout_id_of(tmp_path, "harbour") == "harbour"


def test_the_command_lists_each_problem_on_a_line_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "layout.html").write_text("<p>")
    (tmp_path / "layout.json").write_text("{\n")
    assert main(["layouts", "check", str(tmp_path), "--id", "test"]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 1
    assert printed[0].startswith("layout.json:2: this is no JSON: ")


def test_the_command_tells_what_was_asked_wrongly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layouts", "preview", str(tmp_path / "gone")]) == 1
    assert capsys.readouterr().err.startswith("laurel: ")
