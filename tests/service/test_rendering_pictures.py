"""The pictures of certificates that were issued: drawn out of the PDF that is stored, and kept beside it."""

from __future__ import annotations

import hashlib
import io
import json

import pypdf
import pytest
import zxingcpp
from PIL import Image, ImageChops

from contracts.catalogue import COPY, IMAGE
from contracts.pictures import CARD_PX, AskCopy, AskImage, Form, picture_key
from deploy.embedded.nats import NatsServer
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from services.rendering.answers import pdf_key
from services.rendering.layouts import publish_draft
from services.rendering.layouts.pictures import LONGER_SIDE_PX, picture_of
from services.rendering.printing.printer import Printer
from tests.paper import text_of
from tests.school import SCHOOL_ID, SchoolSystem
from tests.service.rendering_world import FIELDS, LAYOUT_IDS, demo_draft, demo_layout
from tests.service.test_rendering import artefacts_url, progression, publisher, rendering, said

__all__ = ["artefacts_url", "progression", "publisher"]

ASKED = {"certificate_id": "c1", "version": 1}
KEY = pdf_key(SCHOOL_ID, "c1", 1)


def opened(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture))


def unlike(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of their colours, in steps of 255, when they are made small and of one size."""
    small = [picture.convert("L").resize((120, 120)) for picture in (one, other)]
    counts = ImageChops.difference(*small).histogram()
    return sum(step * count for step, count in enumerate(counts)) / sum(counts)


async def test_an_issued_certificate_has_pictures_of_just_what_is_on_its_paper(
    nats_server: NatsServer, artefacts_url: str, school: SchoolSystem, printer: Printer
) -> None:
    stored = Artefacts(artefacts_url)
    pdf = await printer.print(demo_layout("shoreline"), FIELDS)
    await stored.put(KEY, pdf)
    async with rendering(nats_server, artefacts_url):
        image = await school.ask_bytes("rendering.query.image", ASKED)
        card = await school.ask_bytes("rendering.query.card", ASKED)
        paper = picture_of(pdf)
        assert (opened(image).format, max(opened(image).size)) == ("JPEG", LONGER_SIDE_PX)
        assert unlike(opened(image), paper) < 1
        assert (opened(card).format, opened(card).size) == ("PNG", CARD_PX)
        middle, height = CARD_PX[0] // 2, CARD_PX[1] - 64
        half = height * paper.width // paper.height // 2
        assert unlike(opened(card).crop((middle - half, 32, middle + half, 32 + height)), paper) < 3

        sha256 = hashlib.sha256(pdf).hexdigest()
        kept: dict[Form, bytes] = {"page": image, "card": card}
        for form, picture in kept.items():
            assert await stored.get(picture_key(KEY, sha256, form)) == picture
            await stored.put(picture_key(KEY, sha256, form), b"drawn before")
        again = await school.ask_bytes("rendering.query.image", ASKED | {"sha256": sha256})
        assert again == b"drawn before", "what was drawn once is not drawn again"


async def test_where_the_pdf_is_gone_or_another_there_is_no_picture_and_progression_is_told(
    nats_server: NatsServer, artefacts_url: str, school: SchoolSystem, progression: Bus, printer: Printer
) -> None:
    await Artefacts(artefacts_url).put(KEY, await printer.print(demo_layout("harbour"), FIELDS))
    async with rendering(nats_server, artefacts_url):
        gone = await school.ask("rendering.query.card", ASKED | {"version": 2})
        another = await school.ask("rendering.query.image", ASKED | {"sha256": "0" * 64})
        no_copy = await school.ask("rendering.query.image", ASKED | {"of_copy": f"nameless.{'0' * 16}"})
        assert [each["error"]["code"] for each in (gone, another, no_copy)] == ["not_found"] * 3
        told = await said(progression, "missing", 2)
        assert [each["version"] for each in told] == [2, 1]


CHILD = FIELDS | {
    "recipient_name": "Aroha Ngata",
    "title": "Well done, Aroha Ngata!",
    "notes": "Aroha Ngata was brave.",
}


def copy_of(layout_id: str, showing: str, **changed: str) -> dict[str, object]:
    layout = {"layout_id": layout_id, "layout_version": 1}
    shown = {"showing": showing, "first_name": "Aroha", "pupil": "A swimmer"}
    return ASKED | shown | {"layout": layout, "fields": CHILD | changed}


def all_that_it_says(pdf: bytes) -> str:
    """Every text of the file: on the page, for screen readers, about the file, and what it links to."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    said = [text_of(pdf), str(reader.metadata), str(reader.xmp_metadata and reader.xmp_metadata.stream.get_data())]
    for number in reader.xref[0]:
        found = reader.get_object(number)
        said.append(str(found))
        if isinstance(found, pypdf.generic.StreamObject) and "/Image" not in str(found.get("/Subtype")):
            said.append(found.get_data().decode("latin-1"))
    return "\n".join(said)


@pytest.mark.parametrize("layout_id", LAYOUT_IDS)
async def test_a_copy_says_no_more_of_the_name_than_was_chosen(
    nats_server: NatsServer, artefacts_url: str, printer: Printer, publisher: Bus, layout_id: str
) -> None:
    whole = all_that_it_says(await printer.print(demo_layout(layout_id), CHILD))
    assert {word for word in ("Ngata", "7Q4K") if word in whole} == {"Ngata", "7Q4K"}
    stored = Artefacts(artefacts_url)
    await publish_draft(stored, publisher, SCHOOL_ID, layout_id, demo_draft(layout_id))
    portal = Bus("portal", nats_server.url("portal"), Metrics())
    await portal.start()
    async with rendering(nats_server, artefacts_url):
        for showing, name in (("first_name", "Aroha"), ("nameless", "A swimmer")):
            asked = AskCopy.model_validate_json(json.dumps(copy_of(layout_id, showing)))
            made = await portal.ask(COPY, SCHOOL_ID, asked)
            pdf = await stored.get(made.pdf.key)
            assert (made.name, made.title) == (name, f"Well done, {name}!")
            said = all_that_it_says(pdf)
            hidden = {"Ngata", "KC-2026-000123", "7Q4K", "brave"} | ({"Aroha"} if showing == "nameless" else set())
            assert {word for word in hidden if word in said or as_utf16(word) in said} == set()
            on_paper = text_of(pdf)
            assert name in on_paper
            assert FIELDS["level_name"] in on_paper
            assert FIELDS["teacher_name"] in on_paper
            assert "genuine" not in on_paper, "what is said of a field that is left out goes with it"
            assert zxingcpp.read_barcodes(picture_of(pdf)) == []
            again = await portal.ask(COPY, SCHOOL_ID, asked)
            assert again == made
            picture = AskImage(certificate_id="c1", version=1, sha256=made.pdf.sha256, of_copy=made.of_copy)
            image = await portal.ask_bytes(IMAGE, SCHOOL_ID, picture)
            assert unlike(opened(image), picture_of(pdf)) < 1
    await portal.stop()


def as_utf16(word: str) -> str:
    """As PDF keeps a text string."""
    return word.encode("utf-16-be").hex().upper()
