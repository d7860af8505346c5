"""What a family, whoever they share with, and whoever checks a certificate get to see."""

from __future__ import annotations

import re
from datetime import date

from contracts.certificates import Replaced, Withdrawn
from tests.service.neighbours_families import PDF, SCHOOL_NAME, issued, keep_pdf
from tests.service.portal_running import Portal


def title_of(page: str) -> str:
    found = re.search(r"<title>(.*?)</title>", page)
    assert found is not None
    return found[1]


async def test_a_family_sees_its_certificates_by_child_newest_first(portal: Portal) -> None:
    await portal.issue(issued("c1", issued_on=date(2026, 3, 1), title="Starfish 1"))
    await portal.issue(issued("c2", issued_on=date(2026, 5, 1), title="Dolphin 3"))
    home = await portal.issue(
        issued("c3", issued_on=date(2026, 4, 1), student_id="s-ari", recipient_name="Ari Thompson", title="Turtle 2")
    )
    page = (await portal.web.get(home)).text
    seen = [page.index(text) for text in ("Mia Thompson", "Dolphin 3", "Starfish 1", "Ari Thompson", "Turtle 2")]
    assert seen == sorted(seen)
    assert "1 May 2026" in page
    assert SCHOOL_NAME in page


async def test_dates_are_in_the_certificates_own_language(portal: Portal) -> None:
    home = await portal.issue(issued("c1", locale="de-DE"))
    assert "12. März 2026" in (await portal.web.get(home)).text


async def test_every_link_that_was_mailed_opens_the_same_family(portal: Portal) -> None:
    first = await portal.link_of(issued("c1", title="Starfish 1"))
    second = await portal.link_of(issued("c2", title="Dolphin 3"))
    assert first != second
    assert "Dolphin 3" in (await portal.web.get(await portal.enter(first))).text
    assert "Starfish 1" in (await portal.web.get(await portal.enter(second))).text


async def test_a_certificate_is_viewed_and_downloaded(portal: Portal) -> None:
    here = await portal.issue(issued("c1")) + "/certificates/c1"
    page = await portal.web.get(here)
    assert f'href="{here}/1.pdf"' in page.text
    viewed = await portal.web.get(f"{here}/1.pdf")
    assert viewed.content == PDF
    assert viewed.headers["content-type"] == "application/pdf"
    assert viewed.headers["content-disposition"] == 'inline; filename="certificate-2026-c1.pdf"'
    downloaded = await portal.web.get(f"{here}/1.pdf?download=1")
    assert downloaded.headers["content-disposition"] == 'attachment; filename="certificate-2026-c1.pdf"'


async def test_a_share_link_shows_one_certificate_and_no_way_to_the_family(portal: Portal) -> None:
    home = await portal.issue(issued("c1"))
    await portal.issue(issued("c2", title="Turtle 2"))
    link = await portal.share(f"{home}/certificates/c1")
    page = (await portal.web.get(link)).text
    assert "Mia Thompson" in page
    assert "Turtle 2" not in page
    assert "/family" not in page
    assert (await portal.web.get(f"{link}.pdf")).content == PDF


async def test_a_share_link_is_shown_once_and_can_be_stopped(portal: Portal) -> None:
    here = await portal.issue(issued("c1")) + "/certificates/c1"
    link = await portal.share(here)
    page = (await portal.web.get(here)).text
    assert link not in page
    action = re.search(r'action="([^"]+/revoke)"', page)
    assert action is not None
    stopped = await portal.web.post(action[1])
    assert stopped.headers["location"] == f"{here}#share"
    assert (await portal.web.get(link)).status_code == 404
    assert (await portal.web.get(f"{link}.pdf")).status_code == 404
    assert "/revoke" not in (await portal.web.get(here)).text


async def test_a_reload_of_the_page_with_the_new_link_leads_back(portal: Portal) -> None:
    here = await portal.issue(issued("c1")) + "/certificates/c1"
    assert (await portal.web.get(f"{here}/share")).headers["location"] == f"{here}#share"


async def test_a_withdrawn_certificate_says_so_everywhere(portal: Portal) -> None:
    home = await portal.issue(issued("c1"))
    here = f"{home}/certificates/c1"
    link = await portal.share(here)
    await portal.neighbours.says(Withdrawn(certificate_id="c1", version=1, reason="a mistake"))
    await portal.neighbours.settled("portal")
    for path in (home, here, link, "/verify/code-c1"):
        page = await portal.web.get(path)
        assert page.status_code == 200
        assert "ithdrawn" in page.text
        assert "a mistake" not in page.text
    assert "Mia" not in (await portal.web.get(link)).text
    for path in (f"{here}/1.pdf", f"{link}.pdf"):
        gone = await portal.web.get(path)
        assert gone.status_code == 410
        assert "was withdrawn" in gone.text
    assert (await portal.web.post(f"{here}/share")).status_code == 404


async def test_a_correction_replaces_what_every_link_shows(portal: Portal) -> None:
    home = await portal.issue(issued("c1", recipient_name="Mja Thompson"))
    here = f"{home}/certificates/c1"
    link = await portal.share(here)
    await portal.neighbours.says(Replaced(certificate_id="c1", version=1, reason="a wrong name", by_version=2))
    await portal.issue(issued("c1", 2, recipient_name="Mia Thompson"))
    for path in (here, link):
        page = (await portal.web.get(path)).text
        assert "Mia Thompson" in page
        assert "Mja" not in page
        assert "Corrected" in page
    old = await portal.web.get(f"{here}/1.pdf")
    assert old.status_code == 410
    assert f'href="{here}"' in old.text
    assert (await portal.web.get(f"{here}/2.pdf")).content == PDF
    assert "was corrected" in (await portal.web.get("/verify/code-c1")).text


async def test_a_replaced_version_says_so_before_the_new_one_is_here(portal: Portal) -> None:
    home = await portal.issue(issued("c1"))
    await portal.neighbours.says(Replaced(certificate_id="c1", version=1, reason="a wrong name", by_version=2))
    await portal.neighbours.settled("portal")
    assert "Replaced" in (await portal.web.get(home)).text
    assert "was replaced" in (await portal.web.get("/verify/code-c1")).text


async def test_a_verification_shows_what_helps_to_compare_and_no_full_name(portal: Portal) -> None:
    await portal.issue(issued("c1"))
    page = (await portal.web.get("/verify/code-c1")).text
    for shown in ("genuine", "Mia T.", "Dolphin 3", "12 March 2026", SCHOOL_NAME, "2026-c1"):
        assert shown in page
    assert "Thompson" not in page
    assert "/family" not in page


async def test_an_unknown_verification_code_is_told_kindly(portal: Portal) -> None:
    page = await portal.web.get("/verify/nothing")
    assert page.status_code == 404
    assert "We know no certificate with this code" in page.text


async def test_names_are_text_and_never_markup(portal: Portal) -> None:
    home = await portal.issue(issued("c1", recipient_name="<script>alert(1)</script>", title="Tū & <b>Toa</b>"))
    link = await portal.share(f"{home}/certificates/c1")
    for path in (home, f"{home}/certificates/c1", link, "/verify/code-c1"):
        page = (await portal.web.get(path)).text
        assert "<script>alert" not in page
        assert "Tū &amp; &lt;b&gt;Toa&lt;/b&gt;" in page


async def test_no_childs_name_is_in_a_title_or_an_address(portal: Portal) -> None:
    home = await portal.issue(issued("c1"))
    for path in (home, f"{home}/certificates/c1", "/verify/code-c1"):
        page = (await portal.web.get(path)).text
        addresses = " ".join(re.findall(r'(?:href|action|src)="([^"]*)"', page))
        assert not re.search("mia|thompson", title_of(page) + addresses, re.IGNORECASE)


async def test_a_pdf_that_is_not_the_registered_one_is_not_shown(portal: Portal) -> None:
    event = issued("c1")
    here = await portal.issue(event) + "/certificates/c1"
    await keep_pdf(portal.artefacts, event, b"%PDF-1.7 another")
    page = await portal.web.get(f"{here}/1.pdf")
    assert page.status_code == 503
    assert "The certificate is safe" in page.text


async def test_a_missing_pdf_is_a_readable_page(portal: Portal) -> None:
    event = issued("c1")
    here = await portal.issue(event) + "/certificates/c1"
    (portal.artefacts / event.pdf.key).unlink()
    page = await portal.web.get(f"{here}/1.pdf")
    assert page.status_code == 503
    assert page.headers["content-type"].startswith("text/html")
