"""What came of a drill, counted from the outside: papers, events, mails, pages, and what waits for a person."""

from __future__ import annotations

import asyncio
import email
import email.policy
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from html import unescape
from pathlib import Path

import httpx
import pypdfium2

from contracts.catalogue import ATTENTION, DEAD_LETTERS, MAIL_TROUBLES, PDF, PENDING
from contracts.certificates import Issued
from contracts.queries import AskPdf, AskPending, Everything
from tests.drills.office import Office
from tests.drills.school import Child, DrillSchool, guardian_of

PATIENCE_S = 60.0
AWARD = re.compile(r"^(.+) has earned a certificate:\s+(.+)$", re.MULTILINE)
LINK = re.compile(r"https?://\S+/family/\S+")


@dataclass
class Count:
    """What is not as it should be, each as a line to read."""

    lost: list[str] = field(default_factory=list)
    duplicate_certificates: list[str] = field(default_factory=list)
    duplicate_mails: list[str] = field(default_factory=list)
    for_a_person: list[str] = field(default_factory=list)
    """What stands on the list of what needs a person: neither lost nor done."""

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.duplicate_certificates or self.duplicate_mails)


@dataclass(frozen=True, slots=True)
class Expected:
    """A certificate that was asked for: whose, and what stands on it."""

    child: Child
    title: str

    @property
    def label(self) -> str:
        return f"{self.child.student_id} {self.title}"


async def count(office: Office, school: DrillSchool, expected: Sequence[Expected], mails: Path) -> Count:
    """Everything that a school, a family and its other systems can see."""
    found = Count()
    issued = _certificates(office, expected, found)
    await _papers(office, issued, found)
    excused = await _for_a_person(office, found)
    _mails(school, issued, read_mails(mails), excused, found)
    await _pages(school, issued, read_mails(mails), found)
    await _lists_are_empty(office, expected, found)
    return found


def _certificates(office: Office, expected: Sequence[Expected], found: Count) -> dict[Expected, Issued]:
    """One certificate each, and one `issued` event for each version: the same id, however often it was heard."""
    by_what = Counter((event.student_id, event.title) for event in office.issued.values())
    for key, ids in office.heard.items():
        if len(ids) > 1:
            found.duplicate_certificates.append(f"{key}: {len(ids)} different issued events")
    events = {(event.student_id, event.title): event for event in office.issued.values()}
    for one in expected:
        times = by_what[one.child.student_id, one.title]
        if times == 0:
            found.lost.append(f"{one.label}: never issued")
        elif times > 1:
            found.duplicate_certificates.append(f"{one.label}: {times} certificates")
    wanted = {(one.child.student_id, one.title): one for one in expected}
    for what in by_what.keys() - wanted.keys():
        found.duplicate_certificates.append(f"{what}: nobody asked for it")
    return {wanted[what]: event for what, event in events.items() if what in wanted}


async def _papers(office: Office, issued: dict[Expected, Issued], found: Count) -> None:
    """Each opens, has the bytes that were registered, and says the name. One that is gone is printed again."""
    for one, event in issued.items():
        content = await _paper(office, event)
        if content is None:
            found.lost.append(f"{one.label}: there is no PDF")
        elif hashlib.sha256(content).hexdigest() != event.pdf.sha256:
            found.lost.append(f"{one.label}: the PDF is another than the one that was registered")
        elif _letters(one.child.name) not in _letters(_text(content)):
            found.lost.append(f"{one.label}: the PDF does not say {one.child.name}")


async def _paper(office: Office, event: Issued) -> bytes | None:
    asked = AskPdf(certificate_id=event.certificate_id, version=event.version)
    give_up_at = asyncio.get_running_loop().time() + PATIENCE_S
    while (content := await office.ask_bytes(PDF, asked)) is None:
        if asyncio.get_running_loop().time() > give_up_at:
            return None
        await asyncio.sleep(0.2)
    return content


def _text(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        text: str = document[0].get_textpage().get_text_range()
        return text
    finally:
        document.close()


def _letters(text: str) -> str:
    """Without the breaks that a line of large type has."""
    return re.sub(r"\s+", "", text).casefold()


async def _for_a_person(office: Office, found: Count) -> set[tuple[str, str]]:
    """What is listed; of the mails among it (certificate_id, guardian_id)."""
    attention = await office.answer(ATTENTION, Everything())
    letters = await office.answer(DEAD_LETTERS, Everything())
    troubles = await office.answer(MAIL_TROUBLES, Everything())
    found.for_a_person += [f"{one.kind}: {one.certificate_id}: {one.reason.message}" for one in attention.certificates]
    found.for_a_person += [f"kept aside: {one.subject}: {one.reason}" for one in letters.letters]
    found.for_a_person += [f"mail {one.state}: {one.guardian_id}: {one.reason}" for one in troubles.mails]
    return {(one.certificate_id, one.guardian_id) for one in troubles.mails}


def read_mails(folder: Path) -> list[EmailMessage]:
    files = sorted(folder.glob("*.eml"))
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]


def _mails(
    school: DrillSchool,
    issued: dict[Expected, Issued],
    mails: Sequence[EmailMessage],
    excused: set[tuple[str, str]],
    found: Count,
) -> None:
    """Each guardian was told of each certificate once; of one on the list of troubles at most once."""
    told = Counter(line for mail in mails for line in _told(mail, issued))
    for one, event in issued.items():
        for address in school.addresses[one.child.family_id]:
            times = told[address, one]
            if times > 1:
                found.duplicate_mails.append(f"{one.label}: {times} mails to {address}")
            if times == 0 and (event.certificate_id, guardian_of(address)) not in excused:
                found.lost.append(f"{one.label}: no mail to {address}")


def _told(mail: EmailMessage, issued: Iterable[Expected]) -> list[tuple[str, Expected]]:
    """To whom, and of which certificates: the letter names the child and what it is for."""
    spoken_of = set(AWARD.findall(plain_text(mail)))
    return [(address_of(mail), one) for one in issued if (one.child.name, one.title) in spoken_of]


def address_of(mail: EmailMessage) -> str:
    return str(mail["To"]).rpartition("<")[2].rstrip(">")


def plain_text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


async def _pages(
    school: DrillSchool, issued: dict[Expected, Issued], mails: Sequence[EmailMessage], found: Count
) -> None:
    """The newest link that a guardian has opens a page with all of the family's certificates."""
    links = {address_of(mail): LINK.findall(plain_text(mail))[0] for mail in mails}
    shown_to: dict[str, list[Expected]] = {}
    for one in issued:
        for address in school.addresses[one.child.family_id]:
            shown_to.setdefault(address, []).append(one)
    async with httpx.AsyncClient(follow_redirects=True, timeout=10) as browser:
        for address, link in links.items():
            page = await _opened(browser, link)
            text = unescape(page.text)
            missing = [one for one in shown_to.get(address, []) if one.child.name not in text]
            if page.status_code != httpx.codes.OK or missing:
                found.lost.append(f"{address}: the page answers {page.status_code}, without {len(missing)} of theirs")


async def _opened(browser: httpx.AsyncClient, link: str) -> httpx.Response:
    """As a family does: once more, where there is no page."""
    give_up_at = asyncio.get_running_loop().time() + PATIENCE_S
    while True:
        try:
            page = await browser.get(link)
            if page.status_code == httpx.codes.OK or asyncio.get_running_loop().time() > give_up_at:
                return page
        except httpx.TransportError:
            if asyncio.get_running_loop().time() > give_up_at:
                raise
        await asyncio.sleep(0.5)


async def _lists_are_empty(office: Office, expected: Sequence[Expected], found: Count) -> None:
    pending = await office.answer(PENDING, AskPending())
    asked_for = {one.child.student_id for one in expected if one.title == one.child.title}
    for waiting in pending.certificates:
        if waiting.student.student_id in asked_for:
            found.lost.append(f"{waiting.student.student_id}: still pending")
