"""E-mails: what a school's mails say after each level's award, their letterhead, and the mail beside what is typed."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import AsyncIterator

import pytest

from contracts.catalogue import LAYOUT_PREVIEW, LETTER_PREVIEW, PUT_LETTERHEAD, PUT_TEMPLATE, TEMPLATES
from contracts.letter_queries import (
    AskLetterPreview,
    Letterhead,
    LetterPreview,
    PutLetterhead,
    PutTemplate,
    TemplateProblem,
    TemplateText,
    TemplateVerdict,
)
from deploy.embedded.nats import NatsServer
from services.staff.roles import OFFICE
from tests.conftest import TestDatabase
from tests.service import staff_emails
from tests.service.html_forms import form
from tests.service.staff_ladder import PICTURE
from tests.service.staff_web import StaffWeb, put_rangi, staff_web

HERE = "/emails/levels/starfish"
PREVIEW = "/emails/preview"
KEPT = TemplateVerdict(problems=())
PLAYING = ("progression", "rendering", "notification")


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server, *PLAYING) as running_web:
        running_web.neighbours.know(PUT_TEMPLATE, KEPT)
        running_web.neighbours.know(PUT_LETTERHEAD, Letterhead())
        yield running_web


def asked(web: StaffWeb, name: str) -> list[object]:
    return [request for called, _, request in web.neighbours.asked if called == name]


async def test_the_list_says_what_each_levels_mail_says(web: StaffWeb) -> None:
    page = await web.browser.open("/emails")
    assert '<a href="/emails/levels">Every other level</a>' in page
    assert "Next for {{ child }} is {{ next_level }}. Times: https://harbour.example/&lt;terms&gt;" in page
    assert "Also in Deutsch" in page
    assert page.count('<span class="optional">Nothing</span>') == 3
    web.neighbours.know(
        TEMPLATES,
        staff_emails.TEMPLATES.model_copy(
            update={
                "templates": tuple(
                    each.model_copy(update={"level_id": level_id})
                    for each in staff_emails.TEMPLATES.templates
                    for level_id in (None, "gone")
                )
            }
        ),
    )
    page = await web.browser.open("/emails")
    assert page.count("The same as every other level") == 3
    assert "gone (no such level)" in page
    await web.browser.open("/emails/levels/gone")
    await web.browser.open("/emails/levels/nowhere", status=404)


async def test_a_text_is_kept_in_each_language_as_it_stands_in_the_form(web: StaffWeb) -> None:
    page = await web.browser.open(HERE)
    assert "Last changed by Rangi Patel, 5 Mar 2026, 4:05 PM." in page
    shown = form(page, "text")
    assert set(shown.fields) >= {"text", "text.de", "text.ar"}
    assert "text.en" not in shown.fields
    answer = await web.browser.press(shown, HERE, text="Well done!\r\nSee you.", **{"text.ar": "أحسنت"})
    assert answer.headers["location"] == "/emails?saved=starfish"
    assert asked(web, "put_template") == [
        PutTemplate(
            level_id="starfish",
            texts=(
                TemplateText(text="Well done!\nSee you."),
                TemplateText(language="de", text="Als Nächstes: {{ next_level }}."),
                TemplateText(language="ar", text="أحسنت"),
            ),
            replaces=7,
            requested_by="Rangi Patel",
        )
    ]
    shown = form(await web.browser.open("/emails/levels"), "text")
    await web.browser.press(shown, "/emails/levels", text="For all")
    newest = asked(web, "put_template")[-1]
    assert isinstance(newest, PutTemplate)
    assert (newest.level_id, newest.replaces, newest.texts[0].text) == (None, 0, "For all")


async def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(web: StaffWeb) -> None:
    wrong = TemplateProblem(code="stray_brace", language="de", line=2, message="There is a { too many.")
    web.neighbours.know(PUT_TEMPLATE, TemplateVerdict(problems=(wrong,)))
    answer = await web.browser.press(form(await web.browser.open(HERE), "text"), HERE, text="Typed <just> now")
    assert answer.status_code == 422
    assert "Not saved: one thing is wrong" in answer.text
    assert '<ul class="wrong" id="text.de-wrong"><li>Line 2: There is a { too many.</li></ul>' in answer.text
    assert form(answer.text, "text").fields["text"] == ["\nTyped <just> now"]
    endless = "x" * 30_000
    answer = await web.browser.press(form(await web.browser.open(HERE), "text"), HERE, text=endless)
    assert (answer.status_code, endless in answer.text) == (422, True)
    assert "1,000 characters are the most" in answer.text


async def test_the_letterhead_is_kept(web: StaffWeb) -> None:
    shown = form(await web.browser.open("/emails"), "colour")
    assert (shown.fields["colour"], "picture" in shown.fields) == (["#1d4ed8"], False)
    answer = await web.browser.press(shown, "/emails", colour="#FFDD00", picture="on")
    assert answer.headers["location"] == "/emails?saved=letterhead"
    assert asked(web, "put_letterhead") == [PutLetterhead(colour="#ffdd00", picture=True, requested_by="Rangi Patel")]
    answer = await web.browser.press(shown, "/emails", colour="red")
    assert answer.status_code == 422
    assert len(asked(web, "put_letterhead")) == 1


async def test_the_preview_is_the_mail_with_what_is_typed_in_a_frame_of_its_own(web: StaffWeb) -> None:
    web.neighbours.know(LAYOUT_PREVIEW, PICTURE)
    shown = form(await web.browser.open(HERE), "text")
    answer = await web.browser.press(shown, PREVIEW, text="Typed", seen_in="de")
    [question] = asked(web, "letter_preview")
    assert question == AskLetterPreview(
        letterhead=Letterhead(colour="#1d4ed8"),
        texts=(
            TemplateText(text="Typed"),
            TemplateText(language="de", text="Als Nächstes: {{ next_level }}."),
            TemplateText(language="ar", text=""),
        ),
        locale="de",
        school_locale="en-NZ",
        school_name="Harbour Swim & Dance",
        child="Mia",
        level_name="Starfish",
        next_level_name="Seal & Pup",
    )
    policy = answer.headers["content-security-policy"]
    assert ("default-src 'none'" in policy, "frame-ancestors 'self'" in policy, "script" in policy) == (
        True,
        True,
        False,
    )
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    [framed] = re.findall(r'<iframe sandbox="allow-same-origin" srcdoc="([^"]*)"', answer.text)
    sample = f"data:image/jpeg;base64,{base64.b64encode(PICTURE).decode()}"
    assert html.unescape(framed) == (staff_emails.SEEN.html or "").replace("cid:picture@preview", sample)


async def test_the_preview_of_the_letterhead_has_the_text_that_is_kept(
    web: StaffWeb,
) -> None:
    shown = form(await web.browser.open("/emails"), "colour")
    answer = await web.browser.press(shown, PREVIEW, colour="#ffdd00", picture="on", seen_as="text")
    [question] = asked(web, "letter_preview")
    assert isinstance(question, AskLetterPreview)
    assert question.letterhead == Letterhead(colour="#ffdd00", picture=True)
    assert question.texts == staff_emails.TEMPLATES.templates[0].texts
    assert "<pre" in answer.text
    assert "Mia has earned a certificate" in answer.text
    wrong = TemplateProblem(code="stray_brace", line=1, message="There is a { too many.")
    web.neighbours.know(LETTER_PREVIEW, LetterPreview(problems=(wrong,)))
    assert "Line 1: There is a { too many." in (await web.browser.press(shown, PREVIEW)).text


@pytest.mark.heavy
async def test_the_office_looks_and_changes_nothing(web: StaffWeb, database: TestDatabase) -> None:
    await put_rangi(database, username="olive", role=OFFICE)
    web.browser.client.cookies.clear()
    await web.browser.sign_in("olive")
    page = await web.browser.open(HERE)
    assert "A manager can change it." in page
    assert "Save text" not in page
    shown = form(page, "text")
    assert shown.action == PREVIEW
    assert all("readonly" in each for each in shown.attributes["text"])
    assert (await web.browser.press(shown, HERE)).status_code == 403
    assert (await web.browser.press(shown, PREVIEW)).status_code == 200
