"""The local inbox: mail in, file kept, page shown."""

from __future__ import annotations

import asyncio
import re
import smtplib
from collections.abc import AsyncIterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import httpx
import pytest

from deploy.embedded.process import free_port
from deploy.inbox.app import build_app
from deploy.inbox.settings import InboxSettings
from tests.running import running

PIXEL = b"\x89PNG\r\n\x1a\n"


class Inbox:
    def __init__(self, settings: InboxSettings, browser: httpx.AsyncClient) -> None:
        self.folder = settings.mail_folder
        self.browser = browser
        self._port = settings.smtp_port

    async def send(self, message: EmailMessage) -> None:
        def deliver() -> None:
            with smtplib.SMTP("127.0.0.1", self._port, timeout=10) as client:
                client.send_message(message)

        await asyncio.to_thread(deliver)

    async def link_to_the_newest(self) -> str:
        page = await self.browser.get("/")
        found = re.search(r'href="(/mail/[^"]+)"', page.text)
        assert found
        return found[1]


@pytest.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[Inbox]:
    settings = InboxSettings(smtp_port=free_port(), mail_folder=tmp_path / "mail")
    async with running(build_app(settings)) as browser:
        yield Inbox(settings, browser)


def a_mail(html: str = "", subject: str = "A new certificate") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "School <school@example.com>"
    message["To"] = "Aroha Ngāta <aroha@example.com>"
    message["Subject"] = subject
    message.set_content("Kia ora Aroha\n.a line that begins with a dot\n")
    if html:
        message.add_alternative(html, subtype="html")
    return message


async def test_a_mail_is_one_whole_file_when_it_is_accepted(inbox: Inbox) -> None:
    await inbox.send(a_mail())
    [file] = inbox.folder.iterdir()
    assert file.suffix == ".eml"
    kept = BytesParser(EmailMessage, policy=policy.default).parsebytes(file.read_bytes())
    assert kept.get_content().splitlines() == ["Kia ora Aroha", ".a line that begins with a dot"]


async def test_the_newest_mail_is_listed_first(inbox: Inbox) -> None:
    for subject in ("first", "second", "third"):
        await inbox.send(a_mail(subject=subject))
    page = (await inbox.browser.get("/")).text
    assert page.index("third") < page.index("second") < page.index("first")


async def test_an_empty_inbox_says_so(inbox: Inbox) -> None:
    assert "No mail yet" in (await inbox.browser.get("/")).text


async def test_a_mail_is_shown_with_its_text(inbox: Inbox) -> None:
    await inbox.send(a_mail())
    page = await inbox.browser.get(await inbox.link_to_the_newest())
    assert "Aroha Ngāta" in page.text
    assert "Kia ora Aroha" in page.text


async def test_what_a_mail_contains_cannot_act_in_the_inbox(inbox: Inbox) -> None:
    await inbox.send(a_mail("<script>alert(1)</script><img src='http://elsewhere.example/x'>", subject="<b>bold</b>"))
    link = await inbox.link_to_the_newest()
    shown = await inbox.browser.get(f"{link}/html")
    fence = shown.headers["content-security-policy"]
    assert "default-src 'none'" in fence
    assert "sandbox" in fence
    assert "allow-scripts" not in fence
    assert "<b>bold</b>" not in (await inbox.browser.get(link)).text


async def test_images_inside_a_mail_are_shown_and_attachments_are_downloads(inbox: Inbox) -> None:
    message = a_mail('<img src="cid:logo@school">')
    html = message.get_body(("html",))
    assert html is not None
    html.add_related(PIXEL, "image", "png", cid="<logo@school>")
    message.add_attachment(PIXEL, "image", "png", filename="Ngāta.png")
    await inbox.send(message)
    link = await inbox.link_to_the_newest()
    assert "data:image/png;base64," in (await inbox.browser.get(f"{link}/html")).text
    download = await inbox.browser.get(f"{link}/attachments/0")
    assert download.content == PIXEL
    assert download.headers["content-disposition"].startswith("attachment;")


@pytest.mark.parametrize("path", ["/mail/../../etc/passwd", "/mail/nothing", "/mail/nothing/html"])
async def test_what_is_no_mail_is_not_found(inbox: Inbox, path: str) -> None:
    assert (await inbox.browser.get(path)).status_code == 404
