"""What comes out of Chromium: the right text, the same bytes, nothing of anybody else."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pikepdf
import pytest

from contracts.rendering import LayoutField, Page
from services.rendering.chromium import Chromium, ChromiumMissing, find_chromium
from services.rendering.layouts import LayoutRefused, draft_of
from services.rendering.layouts.pictures import look_alike
from services.rendering.layouts.trial import try_out
from services.rendering.library import FrozenLayout, LayoutDraft, frozen_as
from services.rendering.printing.printer import Printer, PrintInterrupted
from services.rendering.refusals import CannotPrint
from tests.paper import code_on, text_of
from tests.service.rendering_world import DEMO_LAYOUTS, FIELDS, LAYOUT_IDS, VERIFY_URL, demo_draft, demo_layout

PAPER = "<style>@page { size: A5 portrait; margin: 0 } p { margin: 0; font: 20px/1.3 'Noto Sans' }</style>"
NAMES = {
    "maori": "Te Whetūmārama Ngārimu-Wrightson Mangatāwhiri Hōhepa-Tūhoe Ā",
    "vietnamese": "Nguyễn Phạm Thị Minh Khuê Hoàng Đặng Quỳnh Như Trương Vũ Lệ Ẩn",
    "arabic": "مريم بنت عبد الرحمن بن محمد الحسيني الهاشمي القرشي التميمية",
    "chinese": "欧阳娜娜司徒雅慧上官婉儿" * 5,
    "apostrophe": "D\u2019Arcy-Rose O'Connor",
    "markup": "<script>alert(1)</script>",
    "ampersand": "Ana &amp; <b>Bo</b>",
    "hindi": "आरोही शर्मा",
    "korean": "김서연",
}


@pytest.fixture(scope="session")
def harbour() -> FrozenLayout:
    return demo_layout("harbour")


@pytest.fixture(scope="session")
def shoreline() -> FrozenLayout:
    return demo_layout("shoreline")


def drawn(body: str, *fields: str) -> FrozenLayout:
    """A layout of the test's own."""
    named = tuple(LayoutField.model_validate({"name": name}) for name in fields)
    page = Page(size="A5", orientation="portrait")
    html = f'<!DOCTYPE html><html lang="en"><head>{PAPER}</head><body>{body}</body></html>'
    draft = LayoutDraft(name="Drawn", page=page, fields=named, html=html)
    return frozen_as("demo", "drawn", len(body), draft)


async def test_every_field_is_on_the_page(printer: Printer, harbour: FrozenLayout) -> None:
    text = text_of(await printer.print(harbour, FIELDS))
    assert [value for value in FIELDS.values() if value not in text] == []


async def test_the_same_fields_give_the_same_bytes(printer: Printer, harbour: FrozenLayout) -> None:
    first = await printer.print(harbour, FIELDS)
    await printer.print(harbour, FIELDS | {"recipient_name": NAMES["chinese"], "notes": ""})
    another = Chromium(find_chromium())
    await another.start()
    in_another_browser = await Printer(another).print(harbour, FIELDS)
    await another.stop()
    assert await printer.print(harbour, FIELDS) == first
    assert in_another_browser == first


@pytest.mark.parametrize("layout_id", ["harbour", "shoreline"])
@pytest.mark.parametrize("script", list(NAMES))
async def test_names_of_many_scripts_come_out_right(printer: Printer, layout_id: str, script: str) -> None:
    printed = await printer.print(demo_layout(layout_id), FIELDS | {"recipient_name": NAMES[script]})
    text = text_of(printed)
    if script == "chinese":
        text = text.replace(" ", "")
    # Hindi and Arabic are read by word: a PDF keeps the order in which they are drawn, with the vowels apart.
    if script != "hindi":
        assert [word for word in NAMES[script].split() if word not in text] == []
    assert "Aroha" not in text


async def test_a_name_can_inject_nothing(printer: Printer, harbour: FrozenLayout) -> None:
    attack = '"><img src=http://127.0.0.1/x onerror=alert(1)><style>*{display:none}</style>'
    text = text_of(await printer.print(harbour, FIELDS | {"recipient_name": attack}))
    assert attack.replace(" ", "") in text.replace(" ", "")
    assert FIELDS["teacher_name"] in text


async def test_nothing_of_the_student_before_stays(chromium: Chromium, printer: Printer, harbour: FrozenLayout) -> None:
    await printer.print(harbour, FIELDS | {"recipient_name": NAMES["maori"], "notes": "About somebody else"})
    fewer = {name: value for name, value in FIELDS.items() if name not in {"notes", "level_name"}}
    printed = await printer.print(harbour, fewer)
    text = text_of(printed)
    assert "somebody" not in text
    assert "mastered" not in text
    assert printed == await Printer(chromium).print(harbour, fewer)


async def test_the_qr_code_leads_to_the_verification_page(printer: Printer, shoreline: FrozenLayout) -> None:
    assert code_on(await printer.print(shoreline, FIELDS)) == VERIFY_URL


async def test_the_pdf_is_tagged_titled_and_in_its_language(printer: Printer, harbour: FrozenLayout) -> None:
    with pikepdf.open(io.BytesIO(await printer.print(harbour, FIELDS))) as document:
        assert document.Root.MarkInfo.Marked
        assert document.Root.StructTreeRoot.K.Lang == "en-NZ"
        assert str(document.docinfo.Title) == FIELDS["title"]


@pytest.mark.parametrize(
    ("changed", "code", "told"),
    [
        ({"recipient_name": "Wilhelmina " * 60}, "does_not_fit", "The student's name is too long"),
        ({"teacher_name": ""}, "missing_field", "shows the teacher's name"),
        ({"verify_url": ""}, "missing_field", "to verify it, and"),
        ({"recipient_name": "Ana \U0010fffd"}, "missing_glyph", "is in no font"),
    ],
)
async def test_what_cannot_be_printed_right_is_refused_with_its_reason(
    printer: Printer, harbour: FrozenLayout, changed: dict[str, str], code: str, told: str
) -> None:
    with pytest.raises(CannotPrint) as refused:
        await printer.print(harbour, FIELDS | changed)
    assert refused.value.reason.code == code
    assert told in refused.value.reason.message
    assert "Wilhelmina" not in refused.value.reason.message


async def test_a_certificate_of_two_pages_is_refused(printer: Printer) -> None:
    tall = drawn('<p data-field="title"></p><div style="height: 260mm"></div>', "title")
    with pytest.raises(CannotPrint, match="makes 2 of this one"):
        await printer.print(tall, FIELDS)


async def test_a_layout_is_tried_with_its_longest_values(printer: Printer) -> None:
    body = '<p style="width: 20mm; height: 10mm" data-fit="16" data-field="recipient_name"></p>'
    narrow = drawn(body, "recipient_name")
    draft = LayoutDraft(name="Narrow", page=narrow.layout.page, fields=narrow.layout.fields, html=narrow.html)
    with pytest.raises(LayoutRefused, match="tried with the longest values: The student's name is too long"):
        await try_out(printer, "demo", "narrow", draft)


@pytest.mark.parametrize("layout_id", LAYOUT_IDS)
async def test_the_demo_layouts_take_the_longest_values_and_the_quickest_way(printer: Printer, layout_id: str) -> None:
    tried = await try_out(printer, "demo", layout_id, draft_of(DEMO_LAYOUTS / layout_id, layout_id))
    assert tried == demo_draft(layout_id)


async def test_art_that_cannot_be_taken_out_is_printed_with_each_certificate(printer: Printer) -> None:
    """It blends with what lies below it, so that it is no part of the page itself."""
    waves = "".join(f'<path d="M0 {y}c9-9 18 9 27 0s18 9 27 0v9h-54z"/>' for y in range(60))
    blending = drawn(
        '<body style="background:#c63"><p data-field="title"></p>'
        f'<svg aria-hidden="true" viewBox="0 0 60 80" width="99" style="mix-blend-mode:difference">{waves}</svg>',
        "title",
    )
    draft = LayoutDraft(name="Blending", page=blending.layout.page, fields=blending.layout.fields, html=blending.html)
    tried = await try_out(printer, "demo", "blending", draft)
    printed = [await printer.print(frozen_as("demo", "blending", 1, one), FIELDS) for one in (tried, draft)]
    assert tried.together
    assert look_alike(*printed)


async def test_art_that_a_text_moves_is_printed_with_its_certificate(printer: Printer) -> None:
    waves = "".join(f'<path d="M0 {y}c9-9 18 9 27 0s18 9 27 0v9h-54z"/>' for y in range(60))
    art = f'<svg aria-hidden="true" viewBox="0 0 60 80" width="99">{waves}</svg>'
    moving = drawn(f'<p data-field="notes"></p>{art}', "notes")
    hasty = moving.model_copy(update={"together": True, "art_once": True})
    fields = [FIELDS | {"notes": "Brave! " * often} for often in (1, 40, 1, 80)]
    printed = await asyncio.gather(*(printer.print(hasty, one) for one in fields))
    for one, pdf in zip(fields, printed, strict=True):
        assert look_alike(pdf, await printer.print(moving, one))


async def test_a_layout_that_comes_out_otherwise_in_company_is_printed_alone(printer: Printer) -> None:
    """It looks beyond its own slot, and sees whether there are others."""
    curious = drawn('<style>:host(:nth-child(even)) { color: red }</style><p data-field="title"></p>', "title")
    draft = LayoutDraft(name="Curious", page=curious.layout.page, fields=curious.layout.fields, html=curious.html)
    assert not (await try_out(printer, "demo", "curious", draft)).together
    at_once = await asyncio.gather(*(printer.print(curious, FIELDS) for _ in range(4)))
    assert len(set(at_once)) == 1


async def test_a_print_that_takes_too_long_is_interrupted(chromium: Chromium, harbour: FrozenLayout) -> None:
    with pytest.raises(PrintInterrupted, match=r"not printed within 0\.01 s"):
        await Printer(chromium, timeout_s=0.01).print(harbour, FIELDS)


def test_a_chromium_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ChromiumMissing, match="is no file: correct it"):
        find_chromium(tmp_path / "chromium")
