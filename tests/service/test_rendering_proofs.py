"""Proofs: a picture of the very certificate, and which names would not be printed as they should."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from contracts.proofs import AskCheck, AskPicture, Check
from services.kit.artefacts import Artefacts
from services.kit.broker import QueryRefused
from services.rendering.layouts.pictures import picture_of
from services.rendering.library import Library
from services.rendering.printing.printer import Printer
from services.rendering.proofs import WIDTH_PX, Proofs
from tests.school import SCHOOL_ID
from tests.service.rendering_world import FIELDS, demo_draft, demo_layout

LONG = "Wilhelmina " * 50


@pytest.fixture
async def library(tmp_path: Path) -> Library:
    library = Library(Artefacts(f"file://{tmp_path}/artefacts"))
    for layout_id in ("harbour", "shoreline"):
        await library.freeze(SCHOOL_ID, layout_id, demo_draft(layout_id))
    return library


@pytest.fixture
def proofs(library: Library, printer: Printer) -> Proofs:
    return Proofs(library, printer)


def picture(**changed: str) -> AskPicture:
    return AskPicture(layout_id="harbour", layout_version=1, fields=FIELDS | changed)


def check(text: str, layout_id: str = "harbour", version: int = 1) -> Check:
    return Check(layout_id=layout_id, layout_version=version, field="recipient_name", text=text)


async def test_a_picture_shows_what_would_be_printed(proofs: Proofs, printer: Printer) -> None:
    jpeg = await proofs.picture(SCHOOL_ID, picture())
    shown = Image.open(io.BytesIO(jpeg))
    assert (shown.format, shown.width) == ("JPEG", WIDTH_PX)
    assert len(jpeg) < 300_000
    printed = picture_of(await printer.print(demo_layout("harbour"), FIELDS)).resize(shown.size)
    difference = ImageStat.Stat(ImageChops.difference(shown.convert("RGB"), printed)).mean
    assert max(difference) < 4, "it is another picture"


async def test_what_cannot_be_printed_has_no_picture_but_a_reason(proofs: Proofs) -> None:
    with pytest.raises(QueryRefused, match="too long for the layout") as refusal:
        await proofs.picture(SCHOOL_ID, picture(recipient_name=LONG))
    assert refusal.value.code == "does_not_fit"
    with pytest.raises(QueryRefused, match="never published"):
        await proofs.picture(SCHOOL_ID, picture().model_copy(update={"layout_version": 9}))


async def test_names_that_do_not_fit_or_lack_a_letter_are_found(proofs: Proofs) -> None:
    names = ("Aroha Ngata", LONG, "Māia Tūwhare", "Ana \U0010fffd", "Nguyễn Thị Quỳnh Như")
    asked = AskCheck(checks=tuple(check(name, layout_id) for layout_id in ("harbour", "shoreline") for name in names))
    checked = await proofs.check(SCHOOL_ID, asked)
    assert checked.checked == 10
    found = {finding.place: (finding.reason.code, finding.letter) for finding in checked.findings}
    long, boxed = ("does_not_fit", None), ("missing_glyph", "\U0010fffd")
    assert found == {1: long, 3: boxed, 6: long, 8: boxed}


async def test_what_was_checked_is_known_and_what_there_was_no_time_for_is_asked_again(
    proofs: Proofs, printer: Printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = AskCheck(checks=tuple(check(f"Child {number}") for number in range(60)))
    monkeypatch.setattr("services.rendering.proofs.LOOKING_S", 0.0)
    first = await proofs.check(SCHOOL_ID, asked)
    assert 0 < first.checked < 60
    monkeypatch.undo()
    assert (await proofs.check(SCHOOL_ID, asked)).checked == 60

    async def measured(*_: object) -> list[None]:
        raise AssertionError("it is known already")

    monkeypatch.setattr(printer, "measured", measured)
    assert (await proofs.check(SCHOOL_ID, asked)).findings == ()


async def test_one_proof_is_made_at_a_time_and_who_waits_too_long_is_told(
    proofs: Proofs, printer: Printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.rendering.proofs.TURN_WITHIN_S", 0.05)
    going_on, may_end = asyncio.Event(), asyncio.Event()

    async def held(*_: object, **__: object) -> bytes:
        going_on.set()
        await may_end.wait()
        raise QueryRefused("over", "It was held long enough.")

    with monkeypatch.context() as patched:
        patched.setattr(printer, "print", held)
        first = asyncio.create_task(proofs.picture(SCHOOL_ID, picture()))
        await going_on.wait()
        with pytest.raises(QueryRefused, match="Try again in a moment") as refusal:
            await proofs.picture(SCHOOL_ID, picture())
        assert refusal.value.code == "busy"
        may_end.set()
        with pytest.raises(QueryRefused, match="held long enough"):
            await first
    assert await proofs.picture(SCHOOL_ID, picture())
