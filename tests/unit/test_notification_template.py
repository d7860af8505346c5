"""What a school can change in its mails: its words after an award, its colour, and a picture of the certificate."""

from __future__ import annotations

import re
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.letter_queries import MOST_LETTERS, PLACEHOLDERS, TemplateText
from services.notification.colours import CARD, DARK_CARD, READABLE, contrast, palette
from services.notification.languages import language
from services.notification.letter import Award, Letter, Said, Writer
from services.notification.mime import Picture
from services.notification.stationery import said_in, texts_of
from services.notification.template import Facts, problems, said
from tests.service.postbox import html_of
from tests.service.postbox import text_of as sent_text_of

WRITER = Writer("certificates@laurel.test")
FACTS: Facts = {"child": "Mia", "level": "Dolphin 3", "next_level": "Shark 1", "school": "Kauri Coast"}
LAST: Facts = {**FACTS, "next_level": None}
JPEG = b"\xff\xd8\xff\xe0 as good as any"


def text_of(mail: EmailMessage) -> str:
    """With the line ends that texts have in here."""
    return sent_text_of(mail).replace("\r\n", "\n")


def said_of(text: str, facts: Facts = FACTS, locale: str = "en-NZ", school_locale: str = "en-NZ") -> Said | None:
    return said_in(texts_of([TemplateText(text=text)]), language(locale), school_locale, facts)


def arrived(*texts: Said | None, picture: bool = False, colour: str = "#2f6b4f") -> EmailMessage:
    """A mail with one award for each text, sent and read again as a mail program would."""
    awards = tuple(
        Award(
            child="Mia",
            title="Dolphin 3",
            level_name=None,
            issued_on=date(2026, 3, 12),
            corrects=False,
            said=text,
            picture=Picture(f"certificate-{number}@laurel.test", JPEG) if picture else None,
        )
        for number, text in enumerate(texts, 1)
    )
    letter = Letter(
        guardian_name="Hana",
        address="hana@family.test",
        school_name="Kauri Coast",
        language=language("en-NZ"),
        awards=awards,
        family_url="https://portal.test/family/key",
        identity="one",
        colour=colour,
    )
    message = message_from_bytes(WRITER.compose(letter), policy=default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Well done, {{ child }} of {{school}}!", []),
        ("Well done!\n\n{{ next_levl }} is next.", [("unknown_placeholder", 3, "Do you mean {{ next_level }}?")]),
        ("{{ Child }}", [("unknown_placeholder", 1, "Do you mean {{ child }}?")]),
        ("{{ child.__class__ }}", [("unknown_placeholder", 1, "There is no {{ child.__class__ }}.")]),
        ("{{ child | upper }}", [("unknown_placeholder", 1, "These can be filled in: {{ child }}, {{ level }}")]),
        ("{{ 7 * 7 }}\n{{ }}", [("unknown_placeholder", 1, "7 * 7"), ("unknown_placeholder", 2, "{{  }}")]),
        ("Hello\n{{ child", [("stray_brace", 2, "has two of them on both sides, such as {{ child }}")]),
        ("{{ child\n}}", [("stray_brace", 1, ""), ("stray_brace", 2, "")]),
        ("{ child }, {{{ child }}}", [("stray_brace", 1, "")]),
        ("{% for x in y %}{# no #}", [("stray_brace", 1, "")]),
        ("See https://kauri.example/{{ level }}", [("placeholder_in_link", 1, "Put a space between them.")]),
        ("A word\n" * 150, [("too_long", 143, "1,050 characters are too many: 1,000 is the most.")]),
    ],
)
def test_what_is_wrong_with_a_template_is_said_with_its_line(text: str, wrong: list[tuple[str, int, str]]) -> None:
    found = list(problems(text))
    assert [(problem.code, problem.line) for problem in found] == [(code, line) for code, line, _ in wrong]
    for problem, (_, _, words) in zip(found, wrong, strict=True):
        assert words in problem.message


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=40)
PLACES = st.sampled_from([f"{{{{ {name} }}}}" for name in PLACEHOLDERS])
TEMPLATES = st.lists(WORDS | PLACES | st.sampled_from(["\n", "\n\n", "<b>", "https://a.test/x"])).map("".join)


@given(TEMPLATES)
@example("{{ child }}<script>alert(1)</script>")
def test_whatever_is_not_refused_is_said_as_it_is_typed(text: str) -> None:
    if any(problems(text)):
        return
    filled = text
    for name in PLACEHOLDERS:
        filled = filled.replace(f"{{{{ {name} }}}}", FACTS[name] or "")
    spoken = "".join(piece.text for paragraph in said(text, FACTS) for line in paragraph for piece in line)
    assert re.sub(r"\s", "", spoken) == re.sub(r"\s", "", filled)


@given(st.text(max_size=3 * MOST_LETTERS))
@example("{{" + " " * MOST_LETTERS)
@example("a" * MOST_LETTERS + "@")
def test_every_text_is_judged(text: str) -> None:
    for problem in problems(text):
        assert problem.line is not None
        assert problem.message


def test_the_text_stands_after_its_award_in_both_parts() -> None:
    mail = arrived(said_of("Well done, {{ child }}!\nSee you.\n\nNext: {{ next_level }}."), None)
    assert "12 March 2026\n\nWell done, Mia!\nSee you.\n\nNext: Shark 1.\n\nMia has earned" in text_of(mail)
    assert "Well done, <bdi>Mia</bdi>!<br>See you.</p>" in html_of(mail)


def test_a_school_writes_no_html_and_its_addresses_are_links() -> None:
    text = "<b>Bold</b> & https://kauri.example/a?b=1&c=2. Or (office@kauri.example), javascript:alert(1)"
    mail = html_of(arrived(said_of(text)))
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; <a" in mail
    assert 'href="https://kauri.example/a?b=1&amp;c=2"' in mail
    assert 'href="mailto:office@kauri.example"' in mail
    assert mail.count("<a ") == 3


def test_a_name_that_looks_like_an_address_is_no_link() -> None:
    mail = html_of(arrived(said_of("Well done, {{ child }}!", {**FACTS, "child": "https://evil.example"})))
    assert "<bdi>https://evil.example</bdi>" in mail
    assert mail.count("<a ") == 1


def test_after_the_last_level_nothing_is_said_of_a_next_one() -> None:
    text = "Well done!\n\nNext comes\n{{ next_level }}.\n\nSee you at {{ school }}."
    assert "Next comes\nShark 1." in text_of(arrived(said_of(text)))
    last = text_of(arrived(said_of(text, LAST)))
    assert "Well done!\n\nSee you at Kauri Coast." in last
    assert said_of("{{ next_level }}", LAST) is None


def test_a_text_is_in_the_guardians_language_or_else_in_the_schools() -> None:
    texts = texts_of(
        [TemplateText(text="Ka pai"), TemplateText(language="ar", text="أحسنت"), TemplateText(language="de", text="")]
    )

    def spoken(locale: str) -> tuple[str, str, str]:
        found = said_in(texts, language(locale), "mi-NZ", FACTS)
        assert found is not None
        return found.paragraphs[0][0][0].text, found.tag, found.direction

    assert spoken("ar-EG") == ("أحسنت", "ar-EG", "rtl")
    assert spoken("de-AT") == spoken("mi") == ("Ka pai", "mi-NZ", "ltr")
    mail = html_of(arrived(said_in(texts, language("ar"), "mi-NZ", FACTS)))
    assert '<td class="edge ink" lang="ar" dir="rtl"' in mail


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
@example("#767676")
def test_whatever_the_colour_its_words_can_be_read(colour: str) -> None:
    found = palette(colour)
    for tones, card in ((found.light, CARD), (found.dark, DARK_CARD)):
        assert contrast(tones.words, card) >= READABLE
        assert contrast(tones.ink, tones.button) >= READABLE
    assert found.light.button == colour


def test_black_on_white_is_the_strongest_contrast_and_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert palette("#2f6b4f").light.words == "#2f6b4f"
    assert "color:#1d4ed8;" in html_of(arrived(None, colour="#1d4ed8"))


def test_pictures_travel_with_the_html_and_are_no_attachments() -> None:
    mail = arrived(None, None, picture=True)
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/jpeg",
        "image/jpeg",
    ]
    assert list(mail.iter_attachments()) == []
    pictures = [part for part in mail.walk() if part.get_content_maintype() == "image"]
    assert [part.get_content() for part in pictures] == [JPEG, JPEG]
    assert {part.get_content_disposition() for part in pictures} == {"inline"}
    for part in pictures:
        shown = f'<img src="cid:{part["Content-ID"].strip("<>")}" alt="The certificate of Mia"'
        assert html_of(mail).count(shown) == 1


def test_a_mail_without_pictures_is_as_it_was() -> None:
    assert [part.get_content_type() for part in arrived(None).walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
