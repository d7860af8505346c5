"""The pictures of certificates that were issued: drawn out of the PDF that is stored, and kept beside it."""

from __future__ import annotations

import hashlib
import io

from PIL import Image, ImageChops

from contracts.pictures import CARD_PX, Form, picture_key
from deploy.embedded.nats import NatsServer
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus
from services.rendering.answers import pdf_key
from services.rendering.layouts.pictures import LONGER_SIDE_PX, picture_of
from services.rendering.printing.printer import Printer
from tests.school import SCHOOL_ID, SchoolSystem
from tests.service.rendering_world import FIELDS, demo_layout
from tests.service.test_rendering import artefacts_url, progression, rendering, said

__all__ = ["artefacts_url", "progression"]

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
