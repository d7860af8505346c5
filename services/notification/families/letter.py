"""The mail with a new link to a family's page. Pure, but for reading its templates once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from services.notification.addresses import checked
from services.notification.languages import TEXTS, Language
from services.notification.letter import templates_in
from services.notification.mime import line, mailbox, message_bytes


@dataclass(frozen=True, slots=True)
class LinkLetter:
    guardian_name: str
    address: str
    school_name: str
    language: Language
    family_url: str
    identity: str
    """The same for every attempt to send it."""


class LinkWriter:
    def __init__(self, mail_from: str) -> None:
        """As `Writer`."""
        self.mail_from = checked(mail_from)
        self._domain = mail_from.rpartition("@")[2]
        self._templates = {code: templates_in(texts) for code, texts in TEXTS.items()}

    def message_id(self, letter: LinkLetter) -> str:
        return f"<{letter.identity}@{self._domain}>"

    def compose(self, letter: LinkLetter) -> bytes:
        """The whole message. ValueError where the guardian's address is none."""
        headers = {
            "From": mailbox(letter.school_name, self.mail_from),
            "To": mailbox(letter.guardian_name, checked(letter.address)),
            "Subject": line(self._fill("link_subject.txt", letter)),
            "Date": format_datetime(datetime.now(UTC)),
            "Message-ID": self.message_id(letter),
            # An answer to somebody's own asking; out-of-office replies to it help nobody (RFC 3834).
            "Auto-Submitted": "auto-replied",
        }
        return message_bytes(headers, self._fill("link.txt", letter), self._fill("link.html", letter))

    def _fill(self, template: str, letter: LinkLetter) -> str:
        return (
            self._templates[letter.language.code].get_template(template).render(letter=letter, language=letter.language)
        )
