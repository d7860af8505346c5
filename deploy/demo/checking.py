"""Did it really happen? Asked of the public faces only: the PDF, the mail, the family's page."""

from __future__ import annotations

import html
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import httpx
from pypdf import PdfReader

from contracts.certificates import Issued
from deploy.demo.school import families
from deploy.home import Home
from deploy.school_system import SchoolSystem, until

MAIL_PATIENCE_S = 60.0
ADDRESSES = {family.family_id: [guardian.email for guardian in family.guardians] for family in families()}


class DoesNotHold(Exception):
    """What was promised is not so; the text says what."""


@dataclass(frozen=True)
class FamilyMail:
    file: Path
    address: str
    link: str
    """The family's page."""


async def save_pdf(system: SchoolSystem, issued: Issued, folder: Path) -> Path:
    """The PDF as the school gets it, after a look at what is printed on it."""
    content = await system.ask_pdf(issued.certificate_id, issued.version)
    pages = PdfReader(io.BytesIO(content)).pages
    printed = "".join(page.extract_text() for page in pages)
    if len(pages) != 1:
        raise DoesNotHold(f"{issued.number} has {len(pages)} pages")
    for expected in (issued.recipient_name, issued.number):
        if not _is_printed(expected, printed):
            raise DoesNotHold(f"{issued.number} does not show {expected!r}")
    path = folder / f"{issued.number}.pdf"
    path.write_bytes(content)
    return path


def _is_printed(expected: str, printed: str) -> bool:
    """Whatever the line breaks; right-to-left words come out of a PDF in any order and in either direction."""
    found = _letters(printed)
    words = [_letters(word) for word in expected.split()]
    return "".join(words) in found or all(word in found or word[::-1] in found for word in words)


def _letters(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


@dataclass(frozen=True)
class Expected:
    """Whose guardians hear of a run, and whose must not."""

    mailed: frozenset[str]
    silent: frozenset[str]
    """Ids of families."""


async def one_mail_each(home: Home, expected: Expected, before: set[Path], portal: str) -> dict[str, FamilyMail]:
    """The mails since `before`, by address: one to each guardian, waited for, and no more than one."""
    addresses = addresses_of(expected.mailed)

    async def look() -> list[FamilyMail] | None:
        arrived = [read_mail(file, portal) for file in sorted(set(home.mail.glob("*.eml")) - before)]
        return arrived if addresses <= {mail.address for mail in arrived} else None

    arrived = await until(look, MAIL_PATIENCE_S, f"a mail to each of {len(addresses)} guardians")
    for address, mails in Counter(mail.address for mail in arrived).items():
        if address in addresses_of(expected.silent) or (mails > 1 and address in addresses):
            raise DoesNotHold(f"{mails} mails to {address}")
    return {mail.address: mail for mail in arrived if mail.address in addresses}


def addresses_of(family_ids: Iterable[str]) -> set[str]:
    return {address for family_id in family_ids for address in ADDRESSES[family_id]}


def read_mail(file: Path, portal: str) -> FamilyMail:
    """DoesNotHold for a mail without a link to the family's page."""
    message = BytesParser(EmailMessage, policy=policy.default).parsebytes(file.read_bytes())
    body = message.get_body(("plain", "html"))
    link = re.search(rf"{re.escape(portal)}/family/[^\s\"'<>]+", str(body.get_content()) if body else "")
    if link is None:
        raise DoesNotHold(f"{file} has no link to a family's page")
    return FamilyMail(file, message["to"].addresses[0].addr_spec, link[0])


async def open_family_page(mail: FamilyMail, names: set[str]) -> None:
    """The link of the mail works, and the page shows every one of the family's new certificates."""
    async with httpx.AsyncClient(follow_redirects=True, timeout=15) as browser:
        page = await browser.get(mail.link)
    if page.status_code != httpx.codes.OK:
        raise DoesNotHold(f"the link in {mail.file.name} answers {page.status_code}")
    shown = html.unescape(page.text)
    for name in names:
        if name not in shown:
            raise DoesNotHold(f"the page behind {mail.file.name} does not show {name!r}")
