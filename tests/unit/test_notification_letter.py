"""The mail itself: every name as it is written, and nothing where it does not belong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from services.notification.addresses import why_unusable
from services.notification.languages import CATALOGUES, TEXTS, language
from services.notification.letter import TEMPLATES, Award, Letter, Writer
from tests.service.postbox import html_of, text_of

WRITER = Writer("certificates@laurel.test")
NAMES = (
    "Ngā Hēmi Te Ātiawa",
    "Nguyễn Thị Minh Khai",
    "ليلى حسن",
    "王小明",
    "Zoë O'Neill-D'Arcy",
    "<script>alert(1)</script>",
    'Smith, Jane "JJ" (the elder)',
    "Ørjan " * 20 + "Å",
    "A name of many plain words " * 7 + "and one more",
)


MIA = Award(
    child="Mia Thompson",
    title="Dolphin 3",
    level_name=None,
    issued_on=date(2026, 3, 12),
    corrects=False,
)


A_LETTER = Letter(
    guardian_name="Hana",
    address="hana@family.test",
    school_name="Kauri Coast",
    language=language("en-NZ"),
    awards=(MIA,),
    family_url="https://portal.test/family/key?a=1&b=2",
    identity="one",
)


def arrived(
    *awards: Award,
    guardian: str = "Hana",
    school: str = "Kauri Coast",
    address: str = "hana@family.test",
    locale: str = "en-NZ",
) -> EmailMessage:
    """The mail, sent and read again as a mail program would."""
    letter = Letter(
        guardian_name=guardian,
        address=address,
        school_name=school,
        language=language(locale),
        awards=awards or (MIA,),
        family_url="https://portal.test/family/key?a=1&b=2",
        identity="one",
    )
    message = message_from_bytes(WRITER.compose(letter), policy=default)
    assert isinstance(message, EmailMessage)
    return message


def decoded(text: str) -> str:
    return str(make_header(decode_header(text)))


def named(mail: EmailMessage, header: str) -> tuple[str, str]:
    """Name and address as a mail program shows them (the newer parser adds spaces between encoded words)."""
    name, address = parseaddr(dict(mail.raw_items())[header])
    return decoded(name), address


@pytest.mark.parametrize("name", NAMES)
def test_names_arrive_as_written(name: str) -> None:
    mail = arrived(replace(MIA, child=name, title=name), guardian=name, school=name)
    assert named(mail, "To") == (name, "hana@family.test")
    assert named(mail, "From") == (name, "certificates@laurel.test")
    assert decoded(dict(mail.raw_items())["Subject"].replace("\r\n", "")) == f"A certificate from {name}"
    assert text_of(mail).count(name) >= 3
    assert "<script>" not in html_of(mail)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200))
def test_no_name_breaks_a_header(name: str) -> None:
    mail = arrived(guardian=name, school=name)
    assert [header for header in mail if header not in EXPECTED_HEADERS] == []
    assert [each.addr_spec for each in mail["To"].addresses] == ["hana@family.test"]
    assert [each.addr_spec for each in mail["From"].addresses] == ["certificates@laurel.test"]


EXPECTED_HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
}


def test_a_line_break_in_a_name_is_no_new_header() -> None:
    mail = arrived(guardian="Hana\r\nBcc: all@family.test", school="Kauri\u2028Bcc: all@family.test")
    assert "Bcc" not in mail
    assert mail["Subject"] == "A certificate from Kauri Bcc: all@family.test"


def test_one_click_ends_the_mails_and_its_url_is_on_one_line() -> None:
    url = f"https://{'certificates.' * 12}school.test/unsubscribe/kauri-coast/{'x' * 43}"
    sent = WRITER.compose(replace(A_LETTER, unsubscribe_url=url))
    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in sent
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in sent
    assert b"List-Unsubscribe" not in WRITER.compose(A_LETTER)


def test_no_childs_name_in_the_subject() -> None:
    for awards in ((MIA,), (MIA, MIA), (replace(MIA, corrects=True),)):
        assert "Mia" not in arrived(*awards)["Subject"]


def test_the_subject_says_how_many_and_from_whom() -> None:
    corrected = replace(MIA, corrects=True)
    assert arrived(MIA)["Subject"] == "A certificate from Kauri Coast"
    assert arrived(MIA, MIA, corrected)["Subject"] == "3 certificates from Kauri Coast"
    assert arrived(corrected)["Subject"] == "A corrected certificate from Kauri Coast"


def test_both_parts_hold_the_link_and_the_date_in_its_language() -> None:
    mail = arrived(locale="de-AT")
    assert "https://portal.test/family/key?a=1&b=2" in text_of(mail)
    assert 'href="https://portal.test/family/key?a=1&amp;b=2"' in html_of(mail)
    for text in (text_of(mail), html_of(mail)):
        assert "12. März 2026" in text


SUBJECTS = {
    "en": ("A certificate from Kauri Coast", "3 certificates from Kauri Coast"),
    "mi": ("He tiwhikete nā Kauri Coast", "E 3 ngā tiwhikete nā Kauri Coast"),
    "de": ("Eine Urkunde von Kauri Coast", "3 Urkunden von Kauri Coast"),
    "fr": ("Un certificat de Kauri Coast", "3 certificats de Kauri Coast"),
    "ar": ("شهادة من Kauri Coast", "3 شهادات من Kauri Coast"),
}


@pytest.mark.parametrize("code", TEXTS)
def test_every_word_is_in_the_guardians_language(code: str) -> None:
    """Two things that were corrected, and one that was not: all sentences but the ones for a single child."""
    corrected = replace(MIA, corrects=True)
    one, many = arrived(MIA, locale=code), arrived(MIA, corrected, corrected, locale=code)
    assert (decoded(one["Subject"]), decoded(many["Subject"])) == SUBJECTS[code]
    for mail in (one, many, arrived(corrected, locale=code)):
        for text in (text_of(mail), html_of(mail)):
            assert "Mia Thompson" in text
            assert "%(" not in text
            assert code == "en" or not [word for word in ENGLISH_WORDS if word in text]
        assert f'dir="{"rtl" if code == "ar" else "ltr"}"' in html_of(mail)


ENGLISH_WORDS = ("Hello", "certificate ", "your family", " you ", "school", "celebrate", "corrected", "March")


@pytest.mark.parametrize("catalogue", sorted(CATALOGUES.glob("*.po")), ids=lambda catalogue: catalogue.stem)
def test_a_catalogue_has_every_sentence_of_the_templates_and_no_other(catalogue: Path) -> None:
    with catalogue.open("rb") as written:
        texts = read_po(written, locale=catalogue.stem, abort_invalid=True)
    said = {message for _, _, message, _, _ in extract_from_dir(TEMPLATES, METHODS, {"**": {"trimmed": "false"}})}
    assert {message.id for message in texts if message.id} == said
    for message in texts:
        if message.id:
            assert list(message.check(texts)) == []
            assert all(forms(message))
            assert not message.fuzzy


def forms(message: Message) -> Sequence[str]:
    """One for each number that the language tells apart."""
    return [message.string] if isinstance(message.string, str) else list(message.string or [""])


METHODS = [("**.txt", "jinja2.ext:babel_extract"), ("**.html", "jinja2.ext:babel_extract")]


@pytest.mark.parametrize(
    ("tags", "spoken"),
    [
        (("de-AT", "en-NZ"), ("de", "de-AT")),
        ((None, "fr-CA"), ("fr", "fr-CA")),
        (("ja-JP", "mi"), ("mi", "mi")),
        (("ja-JP", "ko"), ("en", "en-NZ")),
        (("EN-us", None), ("en", "en-US")),
        (("de-XX-nonsense", None), ("de", "de")),
    ],
)
def test_the_guardians_language_comes_before_the_schools(tags: tuple[str | None, ...], spoken: tuple[str, str]) -> None:
    found = language(*tags)
    assert (found.code, found.tag) == spoken


def test_a_machine_says_that_it_is_one() -> None:
    assert arrived()["Auto-Submitted"] == "auto-generated"
    assert arrived()["Message-ID"] == "<one@laurel.test>"


@pytest.mark.parametrize("address", ["a,b@c.test", "a b@c.test", "a@", "@", "ā@c.test", "<a@b.test>x", "a@b.test\nx"])
def test_what_cannot_be_an_address_is_said_to_be_none(address: str) -> None:
    assert why_unusable(address) is not None


@pytest.mark.parametrize("address", ["a@b.test", "o'neill+swim@sub.family.test", "A.B@C.test"])
def test_an_ordinary_address_is_usable(address: str) -> None:
    assert why_unusable(address) is None


@given(st.emails())
def test_every_address_is_judged_without_an_error(address: str) -> None:
    why_unusable(address)
