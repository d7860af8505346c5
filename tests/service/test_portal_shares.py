"""Share links: off until a guardian makes one, and then just as much as they chose, for as long as they chose."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from contracts.certificates import Replaced, Withdrawn
from contracts.pictures import CARD_PX
from deploy.embedded.nats import NatsServer
from services.kit.artefacts import Artefacts
from services.rendering.layouts.pictures import picture_of
from services.rendering.printing.printer import Printer
from tests.conftest import TestDatabase
from tests.paper import text_of
from tests.service.portal_running import PORTAL_URL
from tests.service.shared_certificates import SharedCertificates, shared_certificates
from tests.service.test_rendering import rendering
from tests.service.test_rendering_pictures import all_that_it_says, as_utf16, opened, unlike
from tests.waiting import eventually

FULL, FIRST, NAMELESS = "Mia Thompson", "Mia", "A swimmer"


@pytest.fixture
def artefacts(tmp_path: Path) -> Path:
    return tmp_path / "artefacts"


@pytest.fixture
async def family(
    nats_server: NatsServer, database: TestDatabase, artefacts: Path, printer: Printer
) -> AsyncIterator[SharedCertificates]:
    async with shared_certificates(nats_server, database, artefacts, printer) as family:
        yield family


def said_beside_a_link(page: str) -> dict[str, str]:
    """What a messenger shows: by property, `og:title` and the like."""
    found = re.findall(r'<meta (?:property|name)="((?:og|twitter):[^"]*)" content="([^"]*)"', page)
    return {name: html.unescape(content) for name, content in found}


@pytest.mark.parametrize(
    ("showing", "name", "hidden"),
    [
        ("nameless", NAMELESS, {"Mia", "Thompson", "KC-2026-000123", "2026-c1", "brave"}),
        ("first_name", FIRST, {"Thompson", "KC-2026-000123", "2026-c1", "brave"}),
        ("full", FULL, set()),
    ],
)
async def test_a_share_link_says_no_more_of_the_name_than_was_chosen(
    family: SharedCertificates, nats_server: NatsServer, artefacts: Path, showing: str, name: str, hidden: set[str]
) -> None:
    web = family.portal.web
    async with rendering(nats_server, artefacts.as_uri()):
        link = await family.portal.share(await family.issue(), showing)
        page = await web.get(link)
        assert page.status_code == 200
        beside = said_beside_a_link(page.text)
        assert beside["og:title"] == f"{name}: Little Penguin" if name != NAMELESS else "Little Penguin · Kauri Coast"
        assert beside["og:image"] == f"{PORTAL_URL}{link}.png"
        assert (beside["og:image:width"], beside["og:image:height"]) == tuple(str(side) for side in CARD_PX)
        assert (beside["og:type"], beside["twitter:card"]) == ("website", "summary_large_image")
        assert 'content="noindex' in page.text
        assert f'alt="Certificate: Little Penguin, awarded to {name} on 12 March 2026 by ' in page.text
        for fact in (name, "Little Penguin", "12 March 2026", "Mereana Parata", "Kauri Coast Swim School"):
            assert fact in page.text
        pdf, image, card = [await web.get(f"{link}.{kind}?download=1") for kind in ("pdf", "jpg", "png")]
        assert name in text_of(pdf.content)
        headers = [each.headers for each in (page, pdf, image, card)]
        everything = page.text + all_that_it_says(pdf.content) + str(headers)
        assert {word for word in hidden if word in everything or as_utf16(word) in everything} == set()
        paper = picture_of(pdf.content)
        assert unlike(opened(image.content), paper) < 1
        assert opened(card.content).size == CARD_PX
        number = "-2026-c1" if showing == "full" else ""
        assert [each.headers["content-disposition"] for each in (pdf, image, card)] == [
            f'attachment; filename="certificate{number}.{ending}"' for ending in ("pdf", "jpg", "png")
        ]


async def test_a_link_shows_the_corrected_certificate_with_no_more_of_the_new_name(
    family: SharedCertificates, nats_server: NatsServer, artefacts: Path
) -> None:
    web = family.portal.web
    async with rendering(nats_server, artefacts.as_uri()):
        link = await family.portal.share(await family.issue(recipient_name="Mja Thompson"), "first_name")
        assert "Mja" in text_of((await web.get(f"{link}.pdf")).content)
        await family.portal.neighbours.says(Replaced(certificate_id="c1", version=1, reason="a name", by_version=2))
        await family.portal.neighbours.settled("portal")
        for ending in ("pdf", "jpg", "png"):
            assert (await web.get(f"{link}.{ending}")).status_code == 410
        await family.issue(version=2)
        page = (await web.get(link)).text
        pdf = text_of((await web.get(f"{link}.pdf")).content)
        for shown in (page, pdf):
            assert "Mia" in shown
            assert "Mja" not in shown
            assert "Thompson" not in shown
        await family.portal.neighbours.says(Withdrawn(certificate_id="c1", version=2, reason="a mistake"))
        await family.portal.neighbours.settled("portal")
        gone = (await web.get(link)).text
        assert "ithdrawn" in gone
        assert "Mia" not in gone
        assert "<img class" not in gone
        assert (await web.get(f"{link}.jpg")).status_code == 410


async def test_as_long_as_its_copy_is_not_there_a_link_says_so_and_looks_again(
    family: SharedCertificates, nats_server: NatsServer, artefacts: Path
) -> None:
    web = family.portal.web
    link = await family.portal.share(await family.issue(), "nameless")
    waiting = await web.get(link)
    assert waiting.status_code == 503
    assert 'http-equiv="refresh"' in waiting.text
    assert "The certificate is safe" in waiting.text
    assert "Mia" not in waiting.text
    async with rendering(nats_server, artefacts.as_uri()):

        async def is_there() -> bool:
            return (await web.get(link)).status_code == 200

        await eventually(is_there)
        copy = (await web.get(f"{link}.pdf")).content
        stored = Artefacts(artefacts.as_uri())
        [key] = [key for key in await stored.keys("certificates/") if "nameless" in key and key.endswith(".pdf")]
        (artefacts / key).write_bytes(b"%PDF-1.7 another")
        assert (await web.get(f"{link}.pdf")).status_code == 503
        (artefacts / key).unlink()

        async def is_made_again() -> bool:
            again = await web.get(f"{link}.pdf")
            return again.status_code == 200 and again.content == copy

        await eventually(is_made_again)


async def test_a_link_has_ended_when_its_time_is_over_and_answers_like_none(
    family: SharedCertificates, database: TestDatabase
) -> None:
    web, here = family.portal.web, await family.issue()
    lives = {each: await family.portal.share(here, lives=each) for each in ("week", "month", "year", "until_stopped")}
    page = (await web.get(here)).text
    for said in ("ends <time", "works until you stop it", "in 1 week", "in 1 month", "in 1 year"):
        assert said in page
    assert page.count("Stop sharing") == len(lives)
    connection = await asyncpg.connect(database.url("portal"))
    await connection.execute("UPDATE portal.access_token SET ends_at = ends_at - interval '30 days 1 second'")
    await connection.close()
    nothing = await web.get("/share/unknown")
    for chosen, link in lives.items():
        works = chosen in ("year", "until_stopped")
        assert ((await web.get(link)).status_code == 200) is works
        for ending in () if works else ("", ".pdf", ".jpg", ".png"):
            answer = await web.get(f"{link}{ending}")
            assert (answer.status_code, answer.text) == (404, nothing.text)
    assert (await web.get(here)).text.count("Stop sharing") == 2


async def test_views_are_counted_and_nothing_of_the_viewer_is_kept(
    family: SharedCertificates, database: TestDatabase
) -> None:
    web, here = family.portal.web, await family.issue()
    link = await family.portal.share(here)
    assert "Not viewed yet" in (await web.get(here)).text
    assert (await web.head(link)).status_code == 200
    async with httpx.AsyncClient(transport=web._transport, base_url=PORTAL_URL) as grandparent:
        seen = await grandparent.get(link)
        assert "set-cookie" not in seen.headers
    assert "Viewed once" in (await web.get(here)).text
    await web.get(link)
    assert "Viewed 2 times" in (await web.get(here)).text
    connection = await asyncpg.connect(database.url("portal"))
    kept = "SELECT attname FROM pg_attribute WHERE attrelid = 'portal.access_token'::regclass AND attnum > 0"
    columns = await connection.fetch(kept)
    await connection.close()
    assert {row[0] for row in columns} == {
        *("token_sha256", "purpose", "school_id", "family_id", "certificate_id", "share_id"),
        *("created_at", "revoked_at", "showing", "ends_at", "views"),
    }


async def test_of_a_crowd_that_opens_links_in_one_moment_each_gets_the_page_of_its_link_and_each_is_a_view(
    family: SharedCertificates,
) -> None:
    web, here = family.portal.web, await family.issue()
    links = [await family.portal.share(here, "full") for _ in range(2)]
    crowd = [link for link in links for _ in range(10)]
    for link, page in zip(crowd, await asyncio.gather(*map(web.get, crowd)), strict=True):
        assert page.status_code == 200
        assert said_beside_a_link(page.text)["og:url"] == f"{PORTAL_URL}{link}"
    assert (await web.get(here)).text.count("Viewed 10 times") == len(links)


@pytest.mark.parametrize("sent", [b"", b"showing=everything&lives=forever", b"showing=" + b"x" * 10_000, b"\xff%ff&&="])
async def test_whatever_was_not_chosen_is_the_more_private_choice(
    family: SharedCertificates, database: TestDatabase, sent: bytes
) -> None:
    here = await family.issue()
    made = await family.portal.web.post(f"{here}/share", content=sent)
    assert made.status_code == 201
    connection = await asyncpg.connect(database.url("portal"))
    shares = await connection.fetch(
        "SELECT showing, ends_at < now() + interval '31 days' FROM portal.access_token WHERE purpose = 'share'"
    )
    await connection.close()
    assert [tuple(share) for share in shares] == [("nameless", True)]


async def test_a_family_sees_the_picture_of_each_certificate(
    family: SharedCertificates, nats_server: NatsServer, artefacts: Path
) -> None:
    web, here = family.portal.web, await family.issue("c1", layout_id="shoreline")
    async with rendering(nats_server, artefacts.as_uri()):
        for page in ("/family", here):
            assert f'src="{here}/1.jpg"' in (await web.get(page)).text
            assert 'width="848" height="1200"' in (await web.get(page)).text
        picture = await web.get(f"{here}/1.jpg")
        assert picture.headers["content-type"] == "image/jpeg"
        assert unlike(opened(picture.content), picture_of((await web.get(f"{here}/1.pdf")).content)) < 1
        assert (await web.get(f"{here}/2.jpg")).status_code == 404
    await family.portal.neighbours.says(Withdrawn(certificate_id="c1", version=1, reason="a mistake"))
    await family.portal.neighbours.settled("portal")
    assert (await web.get(f"{here}/1.jpg")).status_code == 410
    assert "1.jpg" not in (await web.get("/family")).text
