"""What every file keeps when it was printed with others: its bytes, its privacy, its tags, its fate."""

from __future__ import annotations

import asyncio
import base64

import pytest
import zxingcpp

from services.rendering.chromium import Chromium, find_chromium
from services.rendering.layouts.pictures import look_alike
from services.rendering.library import FrozenLayout
from services.rendering.printing.pages import PRINT
from services.rendering.printing.printer import Printer
from services.rendering.refusals import CannotPrint
from tests import inspection
from tests.paper import text_of
from tests.service.rendering_world import FIELDS, LAYOUT_IDS, demo_layout
from tests.waiting import eventually

# No two share a letter that the layout's own texts do not have: what of one is in another's file would show.
CLASS = (
    "Aroha Ngata",
    "Te Whetūmārama Hōhepa-Tūhoe",
    "Nguyễn Phạm Thị Quỳnh",
    "مريم بنت عبد الرحمن",
    "欧阳娜娜",
    "김서연",
    "आरोही शर्मा",
    "Þórður Æsir",
    "Zoë 🐬🏅",
    "<script>alert(1)</script>",
)
NOTES = ("", "Brave from the first day!", "Käse & Øl €")


def fields_of(place: int) -> dict[str, str]:
    """Everything that differs from one student to the next."""
    return FIELDS | {
        "recipient_name": CLASS[place % len(CLASS)],
        "notes": NOTES[place % len(NOTES)],
        "number": f"KC-2026-{place:06d}",
        "verify_url": f"https://portal.example/verify/7Q4K-92MX-{place:04d}",
    }


@pytest.fixture(scope="module", params=LAYOUT_IDS)
def layout(request: pytest.FixtureRequest) -> FrozenLayout:
    return demo_layout(request.param)


@pytest.fixture(scope="module")
async def together(printer: Printer, layout: FrozenLayout) -> list[bytes]:
    """A class's certificates, printed as they came: the first alone, then many at once."""
    return await asyncio.gather(*(printer.print(layout, fields_of(place)) for place in range(len(CLASS) + 1)))


# --- the same


async def test_alone_or_together_in_whatever_order_and_browser_the_bytes_are_the_same(
    layout: FrozenLayout, together: list[bytes]
) -> None:
    another = Chromium(find_chromium())
    printer = Printer(another)
    try:
        backwards = await asyncio.gather(*(printer.print(layout, fields_of(place)) for place in (9, 7, 6, 5, 4, 3)))
        alone = [await printer.print(layout, fields_of(place)) for place in (3, 8, 1)]
    finally:
        await another.stop()
    assert list(backwards) == [together[place] for place in (9, 7, 6, 5, 4, 3)]
    assert alone == [together[place] for place in (3, 8, 1)]


PLAINLY = """([fields, qr]) => {
  for (const element of document.querySelectorAll("[data-field]")) {
    if (element.dataset.field === "verify_qr") element.src = qr;
    else element.textContent = fields[element.dataset.field] || "";
  }
  for (const block of document.querySelectorAll("[data-show-if]"))
    if (!fields[block.dataset.showIf]) block.style.setProperty("display", "none", "important");
}"""


def qr_image(url: str) -> str:
    drawn = zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_svg()
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn[drawn.index('<svg') :].encode()).decode()}"


async def printed_plainly(chromium: Chromium, layout: FrozenLayout, fields: dict[str, str]) -> bytes:
    """The layout as a document of its own, printed as anybody would."""
    page = await chromium.new_page()
    await page.set_content(layout.html)
    await page.evaluate(PLAINLY, [fields, qr_image(fields["verify_url"])])
    await page.evaluate("() => Promise.all([...document.images].map((image) => image.decode()))")
    devtools = await page.context.new_cdp_session(page)
    printed = await devtools.send("Page.printToPDF", PRINT)
    await page.close()
    return base64.b64decode(printed["data"])


@pytest.mark.parametrize("place", [0, 3, 4, 7, 8])
async def test_it_looks_and_reads_like_a_plain_print(
    chromium: Chromium, layout: FrozenLayout, together: list[bytes], place: int
) -> None:
    plain = await printed_plainly(chromium, layout, fields_of(place))
    assert text_of(together[place]) == text_of(plain)
    assert look_alike(together[place], plain)


# --- private


def test_a_file_has_the_glyphs_widths_and_characters_of_its_own_texts_alone(together: list[bytes]) -> None:
    for pdf in together:
        with inspection.opened(pdf) as document:
            fonts = inspection.fonts(document)
            shown = inspection.codes_shown(document, fonts)
            for name, font in fonts.items():
                assert set(font.characters) <= shown[name], f"{font.name} tells of characters that are not shown"
                assert font.widths <= shown[name], f"{font.name} has widths of glyphs that are not shown"
                assert font.glyphs <= shown[name] | {0} | inspection.components(font, shown[name])


def test_nothing_in_a_file_tells_of_another_student(together: list[bytes]) -> None:
    for place, pdf in enumerate(together):
        mine = fields_of(place)
        with inspection.opened(pdf) as document:
            text = inspection.everything_readable(document)
            for other in range(len(together)):
                theirs = fields_of(other)
                for field in ("recipient_name", "number", "verify_url"):
                    assert theirs[field] == mine[field] or theirs[field] not in text
            assert len(document.pages) == 1
            assert set(document.Root.keys()) <= {
                "/Type",
                "/Pages",
                "/MarkInfo",
                "/StructTreeRoot",
                "/Metadata",
                "/ViewerPreferences",
                "/Lang",
            }
            assert set(document.docinfo.keys()) == {"/Title", "/Producer"}
            assert not inspection.out_of_reach(document)


# --- accessible


def test_a_file_is_tagged_as_pdf_ua_asks(layout: FrozenLayout, together: list[bytes]) -> None:
    for pdf in together:
        with inspection.opened(pdf) as document:
            root = document.Root
            assert root.MarkInfo.Marked
            assert root.ViewerPreferences.DisplayDocTitle
            assert str(root.Lang) == layout.language
            assert str(document.docinfo.Title) == FIELDS["title"]
            with document.open_metadata() as described:
                assert described["dc:title"] == FIELDS["title"]
                assert described["pdfuaid:part"] == "1"
            [page] = document.pages
            assert page.obj.Tabs == "/S"
            inspection.assert_all_is_told_apart(document)
            inspection.assert_tags_and_content_agree(document)
            roles = [str(element.S) for element in inspection.elements(document)]
            assert roles[0] == "/Document"
            assert roles.count("/H1") == 1
            for element in inspection.elements(document):
                assert element.S != "/Figure" or str(element.get("/Alt", ""))
            for annotation in page.obj.get("/Annots", []):
                assert str(annotation.Contents) == str(annotation.A.URI)


def test_it_is_read_aloud_in_the_order_of_the_layout(layout: FrozenLayout, together: list[bytes]) -> None:
    with inspection.opened(together[0]) as document:
        said = inspection.read_aloud(document)
    expected = [FIELDS["title"], CLASS[0], FIELDS["issued_on"], "KC-2026-000000"]
    places = [said.index(text) for text in expected]
    assert places == sorted(places)
    assert "[QR code: https://portal.example/verify/7Q4K-92MX-0000]" in said


# --- company


async def test_a_lone_certificate_is_not_held_back_and_what_comes_meanwhile_is_printed_together(
    chromium: Chromium,
) -> None:
    layout, another = demo_layout("harbour"), demo_layout("shoreline")
    prints: list[int] = []
    printer = Printer(chromium, observe=prints.append)
    lone = asyncio.create_task(printer.print(layout, fields_of(0)))

    async def is_printing() -> bool:
        return prints == [1]

    await eventually(is_printing)
    company = [printer.print(layout, fields_of(place)) for place in range(1, 6)]
    await asyncio.gather(lone, *company, printer.print(another, fields_of(0)))
    assert prints == [1, 5, 1]


# --- neighbours


async def test_one_that_cannot_be_printed_spoils_nobody(
    printer: Printer, layout: FrozenLayout, together: list[bytes]
) -> None:
    spoiled = {2: {"recipient_name": "Ana \ue123"}, 4: {"recipient_name": "Ana " * 400}, 6: {"teacher_name": ""}}
    outcomes = await asyncio.gather(
        *(printer.print(layout, fields_of(place) | spoiled.get(place, {})) for place in range(8)),
        return_exceptions=True,
    )
    for place, outcome in enumerate(outcomes):
        if place not in spoiled:
            assert outcome == together[place]
    refusals = [outcome for outcome in outcomes if isinstance(outcome, CannotPrint)]
    assert [refusal.reason.code for refusal in refusals] == ["missing_glyph", "does_not_fit", "missing_field"]
    assert "student's name" in refusals[0].reason.message
    assert "U+E123" in refusals[0].reason.message
    assert "student's name" in refusals[1].reason.message
    assert "teacher's name" in refusals[2].reason.message
