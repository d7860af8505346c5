"""The mail that a guardian gets, as text, as HTML and as a message. Pure, but for reading its templates once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime
from gettext import NullTranslations
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context

from contracts.letter_queries import LAUREL_GREEN
from services.kit.dates import long_date
from services.notification.addresses import checked
from services.notification.colours import palette
from services.notification.languages import TEXTS, Language
from services.notification.mime import Picture, Unfolded, line, mailbox, message_bytes
from services.notification.template import Paragraph

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Said:
    """What the school says after an award, which may be in another language than the letter."""

    paragraphs: tuple[Paragraph, ...]
    tag: str
    direction: str
    """`ltr` or `rtl`."""


@dataclass(frozen=True, slots=True)
class Award:
    """One certificate, as the mail speaks of it."""

    child: str
    title: str
    level_name: str | None
    issued_on: date
    corrects: bool
    """An earlier version was mailed before."""
    said: Said | None = None
    picture: Picture | None = None

    @property
    def level(self) -> str | None:
        """The level's name where the title does not say it already."""
        if self.level_name and self.level_name.casefold() not in self.title.casefold():
            return self.level_name
        return None


@dataclass(frozen=True, slots=True)
class Letter:
    guardian_name: str
    address: str
    school_name: str
    language: Language
    awards: tuple[Award, ...]
    family_url: str
    identity: str
    """The same for every attempt to send the same certificates to the same guardian."""
    unsubscribe_url: str | None = None
    """Of this guardian alone; a secret."""
    colour: str = LAUREL_GREEN
    """The school's, as `#rrggbb`."""

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return tuple(award.picture for award in self.awards if award.picture)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a letter says, in each of the ways that a mail program may show it."""

    subject: str
    text: str
    html: str


class Writer:
    def __init__(self, mail_from: str) -> None:
        """`mail_from` is the address that all schools' mails come from; ValueError where it is none."""
        self.mail_from = checked(mail_from)
        self._domain = mail_from.rpartition("@")[2]
        self._templates = {code: templates_in(texts) for code, texts in TEXTS.items()}

    def message_id(self, letter: Letter) -> str:
        return f"<{letter.identity}@{self._domain}>"

    def compose(self, letter: Letter) -> bytes:
        """The whole message. ValueError where the guardian's address is none."""
        contents = self.contents(letter)
        headers: dict[str, str | Unfolded] = {
            "From": mailbox(letter.school_name, self.mail_from),
            "To": mailbox(letter.guardian_name, checked(letter.address)),
            "Subject": line(contents.subject),
            "Date": format_datetime(datetime.now(UTC)),
            "Message-ID": self.message_id(letter),
            # Out-of-office replies to a machine help nobody (RFC 3834).
            "Auto-Submitted": "auto-generated",
            **_unsubscribing(letter),
        }
        return message_bytes(headers, contents.text, contents.html, letter.pictures)

    def contents(self, letter: Letter) -> Contents:
        filled = (self._fill(template, letter) for template in ("subject.txt", "letter.txt", "letter.html"))
        return Contents(*filled)

    def _fill(self, template: str, letter: Letter) -> str:
        language = letter.language
        filled = self._templates[language.code].get_template(template)
        return filled.render(letter=letter, awards=letter.awards, language=language, colours=palette(letter.colour))


def _unsubscribing(letter: Letter) -> dict[str, Unfolded]:
    """One click in the mail program is enough (RFC 8058)."""
    if letter.unsubscribe_url is None:
        return {}
    return {
        "List-Unsubscribe": Unfolded(f"<{letter.unsubscribe_url}>"),
        "List-Unsubscribe-Post": Unfolded("List-Unsubscribe=One-Click"),
    }


def templates_in(texts: NullTranslations) -> Environment:
    """All templates in one language: its texts are compiled into them."""
    templates = Environment(
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]
    templates.filters["long_date"] = _long_date
    return templates


@pass_context
def _long_date(context: Context, day: date) -> str:
    """In the words and order of the letter's language."""
    language: Language = context["language"]
    return long_date(day, language.tag)
