"""What rendering prints for whoever asks: certificates for pre-printed paper, checklists, and packs of real ones."""

from __future__ import annotations

import asyncio
import re
import unicodedata

import pypdfium2
import pytest
from PIL import ImageChops

from contracts.papers import AskChecklist, ChecklistGroup, ChecklistRow
from deploy.embedded.nats import NatsServer
from services.kit.broker import Bus
from services.rendering.chromium import Chromium
from services.rendering.layouts.pictures import picture_of
from services.rendering.library import FrozenLayout, LayoutDraft, frozen_as
from services.rendering.printing.bare import bare
from services.rendering.printing.checklist import ChecklistPrinter
from services.rendering.printing.printer import Printer
from services.staff.packs.binding import Binder
from tests.packs import sheets, streams
from tests.paper import code_on, text_of
from tests.school import SchoolSystem
from tests.service.rendering_world import FIELDS, LAYOUT_IDS, VERIFY_URL, demo_layout
from tests.service.test_rendering import artefacts_url, publish_demo, publisher, rendering

__all__ = ["artefacts_url", "publisher"]

Box = tuple[float, float, float, float]


def boxes(pdf: bytes, words: str) -> list[Box]:
    """Where the words stand on the first page."""
    with pypdfium2.PdfDocument(pdf) as document:
        text = document[0].get_textpage()
        found = text.search(words, match_case=True)
        at = found.get_next()
        assert at is not None, words
        first, count = at
        return [text.get_charbox(first + n) for n in range(count)]


UNSEEN = 3
"""Steps of 255: a gradient is reckoned by another way, and rounded."""


def difference(one: bytes, other: bytes) -> int:
    """Of any colour of any point of the first pages."""
    apart = ImageChops.difference(picture_of(one), picture_of(other))
    return max(step for band in apart.split() for step, points in enumerate(band.histogram()) if points)


def fields_of(number: int) -> dict[str, str]:
    return FIELDS | {
        "recipient_name": f"Child Number{number:03d}",
        "number": f"KC-2026-{number:06d}",
        "verify_url": f"https://portal.example/verify/7Q4K-92MX-{number:04d}",
    }


@pytest.mark.parametrize("layout_id", LAYOUT_IDS)
async def test_without_background_only_what_is_filled_in_is_printed_each_text_in_its_place(
    printer: Printer, layout_id: str
) -> None:
    layout, fields = demo_layout(layout_id), FIELDS | {"level_name": "Sea Star"}
    issued, plain = await asyncio.gather(printer.print(layout, fields), printer.print(bare(layout), fields))
    left = text_of(plain)
    shown = [fields[field.name] for field in layout.layout.fields if field.name != "verify_qr"]
    for value in shown:
        assert left.count(value) == 1, value
        left = left.replace(value, "")
    assert left.strip() == "", "a static text is left"
    for words in shown:
        for one, other in zip(boxes(issued, words), boxes(plain, words), strict=True):
            assert one == pytest.approx(other, abs=0.1)
    assert code_on(plain) == VERIFY_URL
    assert len(plain) < len(issued)
    ink = sum(picture_of(plain).convert("L").histogram()[:250])
    assert ink < 0.06 * sum(picture_of(plain).convert("L").histogram())


async def test_whatever_a_layout_insists_on_stays_unseen_and_light_letters_become_dark(printer: Printer) -> None:
    insists = """<!DOCTYPE html><html lang="en"><head><style>
      @page { size: A5 portrait; margin: 0 } html { background: #123 !important }
      body { margin: 0; background: url("data:image/gif;base64,R0lGODlhAQABAAAAACw=") #456; color: #fff }
      p { font: 20px/1.3 "Noto Sans"; margin: 10mm } .static { visibility: visible !important }
      [data-field] { background: #900; border: 3px solid #090; box-shadow: 0 0 9px #009 }
      [data-field]::before { content: "No. "; visibility: visible !important }
      .hole { color: transparent; background: linear-gradient(#f00, #00f); background-clip: text }
    </style></head><body><p class="static">Static words</p><p data-field="number">x</p>
    <p class="hole" data-field="title">y</p></body></html>"""
    fields = [{"name": "number"}, {"name": "title"}]
    draft = LayoutDraft.model_validate(
        {"name": "Insists", "page": {"size": "A5", "orientation": "portrait"}, "fields": fields, "html": insists},
        strict=False,
    )
    layout = bare(frozen_as("demo", "insists", 1, draft))
    printed = await printer.print(layout, FIELDS)
    assert text_of(printed) == f"{FIELDS['number']} {FIELDS['title']}"
    picture = picture_of(printed)
    coloured = ImageChops.difference(picture, picture.convert("L").convert("RGB"))
    assert sum(coloured.convert("L").histogram()[3:]) == 0, "a colour of the ground is left"
    darkest = next(grey for grey, pixels in enumerate(picture.convert("L").histogram()) if pixels)
    assert darkest == pytest.approx(0x22, abs=3)


NAMES = (
    "Te Whetūmārama Ngārimu-Wrightson Mangatāwhiri Hōhepa-Tūhoe",
    "مريم بنت عبد الرحمن",
    "欧阳娜娜",
    "김서연",
    "आरोही शर्मा",
    "<b>Bo</b> & Co",
)


def checklist(paper: str, classes: int, children: int) -> AskChecklist:
    rows = [
        ChecklistRow(
            name=f"{NAMES[n % len(NAMES)]} {n}" if n < len(NAMES) else f"Child {n}",
            certificate="Little Penguin",
            number=f"2026-{n:06d}",
        )
        for n in range(children)
    ]
    groups = [
        ChecklistGroup(heading=f"Tuesday {number} pm · Mereana Parata", rows=tuple(rows)) for number in range(classes)
    ]
    return AskChecklist.model_validate(
        {
            "title": "Certificates to hand out",
            "subtitle": "Kauri Coast Swim School",
            "groups": groups,
            "paper": paper,
        },
        strict=False,
    )


@pytest.mark.parametrize(("paper", "size"), [("A4", (210, 297)), ("A5", (148, 210)), ("Letter", (216, 279))])
async def test_a_checklist_has_every_name_with_its_class_on_every_page(
    chromium: Chromium, paper: str, size: tuple[int, int]
) -> None:
    pages = sheets(await ChecklistPrinter(chromium).print(checklist(paper, 3, 40)))
    assert len(pages) >= 3
    assert {page[:2] for page in pages} == {size}
    everything = " ".join(page.text for page in pages)
    squeezed = unicodedata.normalize("NFC", everything).replace(" ", "")
    assert squeezed.count("<b>Bo</b>&Co5") == 3
    assert squeezed.count("欧阳娜娜2") == 3
    for number in range(40):
        assert everything.count(f"2026-{number:06d}") == 3
    for place, page in enumerate(pages, 1):
        assert "pm · Mereana Parata" in page.text
        assert f"{place} / {len(pages)}" in page.text


@pytest.mark.heavy
async def test_a_pack_of_sixty_is_hardly_larger_than_a_few_and_looks_like_the_certificates(printer: Printer) -> None:
    for layout_id in LAYOUT_IDS:
        layout: FrozenLayout = demo_layout(layout_id)
        certificates = await asyncio.gather(*(printer.print(layout, fields_of(number)) for number in range(60)))
        binder = Binder(layout.layout.page.size, 1)
        await asyncio.to_thread(binder.add, certificates)
        pack = await asyncio.to_thread(binder.finished, "Print pack")
        found = sheets(pack)
        assert len(found) == 60
        for number, sheet in enumerate(found):
            assert re.findall(r"Child Number(\d+)", sheet.text) == [f"{number:03d}"]
        assert len(pack) < len(certificates[0]) + 60 * 45_000, layout_id
        assert streams(pack, "Image") <= 3
        assert difference(pack, certificates[0]) <= UNSEEN, layout_id


async def test_whoever_may_ask_gets_papers_and_reasons(
    nats_server: NatsServer, artefacts_url: str, publisher: Bus, school: SchoolSystem
) -> None:
    await publish_demo(artefacts_url, publisher)
    asked = {"layout": {"layout_id": "harbour", "layout_version": 1}, "fields": FIELDS}
    async with rendering(nats_server, artefacts_url):
        papers = await asyncio.gather(*(school.ask_bytes("rendering.query.bare", asked) for _ in range(20)))
        cover = await school.ask_bytes("rendering.query.checklist", checklist("A4", 1, 3).model_dump())
        too_long = {**asked, "fields": FIELDS | {"recipient_name": "Wilhelmina " * 50}}
        unknown = {**asked, "layout": {"layout_id": "harbour", "layout_version": 7}}
        refused = [(await school.ask("rendering.query.bare", each))["error"] for each in (too_long, unknown)]
        some = checklist("A4", 3, 600).model_dump()
        endless = await school.ask("rendering.query.checklist", {**some, "groups": some["groups"] * 2})
    assert len(set(papers)) == 1
    assert FIELDS["recipient_name"] in text_of(papers[0])
    assert "2026-000002" in text_of(cover)
    assert [each["code"] for each in refused] == ["does_not_fit", "unknown_layout"]
    assert "Wilhelmina" not in refused[0]["message"]
    assert endless["error"]["code"] == "unreadable"
