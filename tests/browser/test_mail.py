"""The mail as mail programs show it: on the narrowest phone, by day and by night, from right to left."""

from __future__ import annotations

import base64
import io
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from PIL import Image
from playwright.async_api import Browser, ViewportSize

from services.notification.languages import language
from services.notification.letter import Award, Letter, Writer
from services.notification.mime import Picture
from services.notification.stationery import said_in
from tests.service.postbox import html_of

NARROWEST = ViewportSize(width=320, height=640)
LONG = "Maximiliana-Josephine Featherstonehaugh-Cholmondeley" * 2
TEXT = "Well done, {{ child }} of {{ school }}!\n\nhttps://harbour.example/" + "terms/and/times/" * 6


def mail(locale: str, colour: str, *, name: str = "Mia", picture: bytes | None = None, text: str = "") -> EmailMessage:
    spoken = language(locale)
    award = Award(
        child=name,
        title="Dolphin 3",
        level_name=None,
        issued_on=date(2026, 3, 12),
        corrects=False,
        said=said_in({None: text}, spoken, "en-NZ", {"child": name, "school": LONG}),
        picture=Picture("c1@laurel", picture) if picture else None,
    )
    letter = Letter(
        guardian_name=name,
        address="hana@family.test",
        school_name=LONG if name == LONG else "Harbour Swim & Dance",
        language=spoken,
        awards=(award, award),
        family_url="https://portal.test/family/key",
        identity="one",
        colour=colour,
    )
    message = message_from_bytes(Writer("certificates@laurel.test").compose(letter), policy=default)
    assert isinstance(message, EmailMessage)
    return message


def drawn() -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (560, 396), "#fff8e0").save(picture, "JPEG")
    return picture.getvalue()


MAILS = {
    "plain": mail("en-NZ", "#2f6b4f"),
    "picture-and-text": mail("de", "#ffdd00", picture=drawn(), text=TEXT),
    "long-names": mail("fr", "#ffffff", name=LONG, picture=drawn(), text=TEXT),
    "right-to-left": mail("ar", "#d0021b", picture=drawn(), text=TEXT),
}


@pytest.mark.parametrize("name", MAILS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_mail_fits_and_can_be_read(
    chromium: Browser, pictures: Path, name: str, scheme: Literal["light", "dark"]
) -> None:
    shown = html_of(MAILS[name])
    for part in MAILS[name].walk():
        if part.get_content_maintype() == "image":
            inline = f"data:image/jpeg;base64,{base64.b64encode(part.get_content()).decode()}"
            shown = shown.replace(f"cid:{part['Content-ID'].strip('<>')}", inline)
    page = await chromium.new_page(viewport=NARROWEST, color_scheme=scheme)
    await page.set_content(shown)
    await page.screenshot(path=pictures / f"mail-{name}-{scheme}.png", full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth") == NARROWEST["width"]
    # A mail has no landmarks: what shows it is the page.
    looked = await Axe().run(page, options={"rules": {"region": {"enabled": False}}})
    found = [violation for violation in looked.response["violations"] if violation["id"] not in OF_PAGES]
    assert found == []


OF_PAGES = {"landmark-one-main", "page-has-heading-one"}
