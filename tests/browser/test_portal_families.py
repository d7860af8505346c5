"""What a family asks for on the portal, and the mail that answers it, in a real browser: at a desk and on a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from contracts.family_queries import GuardianPreference
from contracts.portal import LinkRequested, MailsChosen, MailsChosenByLink
from deploy.embedded.nats import NatsServer
from services.notification.families.letter import LinkLetter, LinkWriter
from services.notification.languages import language
from services.portal import tokens
from tests.browser.screens import SCREENS, Shown, tab_to
from tests.conftest import TestDatabase
from tests.running import served
from tests.school import SCHOOL_ID
from tests.service.neighbours_choices import PlayedNotification, played_notification
from tests.service.neighbours_families import SCHOOL_NAME, issued
from tests.service.portal_running import Portal, portal_running
from tests.service.postbox import html_of

on_every_screen = pytest.mark.parametrize(
    ("screen", "scheme"), [("desk", "light"), ("phone", "light"), ("phone", "dark")], ids=lambda part: part
)
Scheme = Literal["light", "dark"]


@pytest.fixture
async def portal(nats_server: NatsServer, database: TestDatabase, tmp_path: Path) -> AsyncIterator[Portal]:
    async with portal_running(nats_server, database, tmp_path / "artefacts") as portal:
        yield portal


@pytest.fixture
async def notification(nats_server: NatsServer) -> AsyncIterator[PlayedNotification]:
    async with played_notification(nats_server) as notification:
        notification.guardians = (
            GuardianPreference(guardian_id="g-hana", name="Hana Thompson", wants_mail=True, language="mi"),
            GuardianPreference(guardian_id="g-long", name="Wilhelmina Featherstonehaugh" * 4, wants_mail=False),
        )
        yield notification


async def opened(chromium: Browser, screen: str, scheme: Scheme, pictures: Path) -> tuple[Page, Shown]:
    page = await chromium.new_page(viewport=SCREENS[screen], color_scheme=scheme)
    return page, Shown(page, pictures, f"{screen}-{scheme}")


@on_every_screen
async def test_a_family_has_a_new_link_sent(
    chromium: Browser, portal: Portal, pictures: Path, screen: str, scheme: Scheme
) -> None:
    await portal.link_of(issued("c1"))
    async with served(portal.app) as url:
        page, shown = await opened(chromium, screen, scheme, pictures)
        await page.goto(f"{url}/family/{tokens.mint()}")
        await shown.picture("portal-not-found")
        await page.get_by_role("link", name="Have a new one sent").click()
        await expect(page.get_by_role("heading", name="Have a new link sent")).to_be_visible()
        await shown.picture("portal-link")
        # What the browser takes for an address, and no mail server does.
        await page.get_by_label("Your e-mail address").fill("a" * 65 + "@family.test")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("That is no e-mail address")).to_be_visible()
        await shown.picture("portal-link-mistyped")
        await page.get_by_label("Your e-mail address").fill("hana@family.test")
        await tab_to(page, "Send me a new link")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="a mail is on its way")).to_be_visible()
        await shown.picture("portal-link-sent")
        assert "hana" not in page.url
        await page.close()
    await portal.neighbours.hears(LinkRequested)


@on_every_screen
async def test_a_guardian_gets_no_more_mails_and_then_again(
    chromium: Browser, portal: Portal, pictures: Path, screen: str, scheme: Scheme
) -> None:
    await portal.link_of(issued("c1"))
    async with served(portal.app) as url:
        page, shown = await opened(chromium, screen, scheme, pictures)
        await page.goto(f"{url}/unsubscribe/{SCHOOL_ID}/{tokens.mint()}")
        await shown.picture("portal-unsubscribe")
        await page.get_by_role("button", name="Send me no more").click()
        await expect(page.get_by_role("heading", name="no more of these mails")).to_be_visible()
        await shown.picture("portal-unsubscribed")
        await page.get_by_role("button", name="I want mails again").click()
        await expect(page.get_by_role("heading", name="mails again")).to_be_visible()
        await shown.picture("portal-mails-again")
        assert shown.complaints == []
        await page.close()
    assert [each.wants_mail for each in await portal.neighbours.hears(MailsChosenByLink, 2)] == [False, True]


@on_every_screen
async def test_a_family_chooses_its_mails_and_ends_its_links(
    chromium: Browser,
    portal: Portal,
    notification: PlayedNotification,
    pictures: Path,
    screen: str,
    scheme: Scheme,
) -> None:
    link = await portal.link_of(issued("c1"))
    async with served(portal.app) as url:
        page, shown = await opened(chromium, screen, scheme, pictures)
        # By the link at a mail's foot: the page with the certificates misses its pictures, as nobody renders here.
        await page.goto(f"{url}{link}/preferences")
        await shown.picture("portal-preferences")
        await page.get_by_label("A mail when there is a new certificate").first.uncheck()
        await page.get_by_label("Language of the mails").first.select_option("ar")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("heading", name="Your choice is saved")).to_be_visible()
        await shown.picture("portal-preferences-kept")
        await page.get_by_role("link", name="Look at it again").click()
        await page.get_by_role("button", name="End all old links").click()
        await expect(page.get_by_role("heading", name="The old links have ended")).to_be_visible()
        await shown.picture("portal-links-ended")
        assert shown.complaints == []
        await page.goto(url + link)
        await expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
        await page.close()
    chosen = {each.guardian_id: each for each in await portal.neighbours.hears(MailsChosen, 2)}
    assert (chosen["g-hana"].wants_mail, chosen["g-hana"].language) == (False, "ar")
    assert (chosen["g-long"].wants_mail, chosen["g-long"].language) == (False, None)


@pytest.mark.parametrize("locale", ["en-NZ", "mi", "de", "fr", "ar"])
async def test_the_mail_with_a_new_link_fits_a_small_phone(chromium: Browser, pictures: Path, locale: str) -> None:
    letter = LinkLetter(
        guardian_name="Wilhelmina Featherstonehaugh-Cholmondeley",
        address="hana@family.test",
        school_name=SCHOOL_NAME,
        language=language(locale),
        family_url=f"https://portal.test/family/{tokens.mint()}",
        identity="one",
    )
    mail = message_from_bytes(LinkWriter("certificates@laurel.test").compose(letter), policy=default)
    assert isinstance(mail, EmailMessage)
    scheme: Scheme = "dark" if locale == "ar" else "light"
    page = await chromium.new_page(viewport={"width": 320, "height": 640}, color_scheme=scheme)
    await page.set_content(html_of(mail))
    await page.screenshot(path=pictures / f"mail-link-{locale}.png", full_page=True)
    assert not await page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    # A mail is shown inside of another page: landmarks and headings are that one's.
    looked = await Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert looked.violations_count == 0, looked.generate_report()
    await page.close()
