"""Certificates as the portal shows them. Pure: no IO."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

State = Literal["valid", "replaced", "withdrawn"]


@dataclass(frozen=True, slots=True)
class PdfRef:
    """Which PDF it is, where it lies, and what its bytes are."""

    school_id: str
    certificate_id: str
    version: int
    key: str
    sha256: str


@dataclass(frozen=True, slots=True)
class PageSize:
    """Of a PDF's page, in points."""

    width_pt: float
    height_pt: float


@dataclass(frozen=True, slots=True)
class Version:
    """One issued version of a certificate."""

    school_id: str
    certificate_id: str
    version: int
    family_id: str
    student_id: str
    recipient_name: str
    title: str
    level_name: str | None
    school_name: str | None
    teacher_name: str | None
    locale: str | None
    number: str
    issued_on: date
    pdf_key: str
    pdf_sha256: str
    published_at: datetime
    state: State
    by_version: int | None
    width_pt: float | None = None
    height_pt: float | None = None

    @property
    def pdf(self) -> PdfRef:
        return PdfRef(self.school_id, self.certificate_id, self.version, self.pdf_key, self.pdf_sha256)

    @property
    def school(self) -> str:
        return self.school_name or "your school"

    @property
    def level(self) -> str | None:
        """The level's name where the title does not say it already."""
        if self.level_name and self.level_name.casefold() not in self.title.casefold():
            return self.level_name
        return None

    @property
    def file_name(self) -> str:
        """For a saved PDF; without the child's name, because file names travel."""
        number = re.sub(r"[^A-Za-z0-9]+", "-", self.number).strip("-")
        return f"certificate-{number or self.version}.pdf"


@dataclass(frozen=True, slots=True)
class Certificate:
    """All versions of one certificate, newest first; there is at least one."""

    versions: tuple[Version, ...]

    @property
    def newest(self) -> Version:
        return self.versions[0]

    @property
    def earlier(self) -> tuple[Version, ...]:
        return self.versions[1:]

    @property
    def id(self) -> str:
        return self.newest.certificate_id

    @property
    def state(self) -> State:
        """The newest version counts."""
        return self.newest.state

    def version(self, number: int) -> Version | None:
        return next((version for version in self.versions if version.version == number), None)

    def version_of(self, pdf_sha256: str) -> Version | None:
        """The newest version that was issued with these bytes."""
        return next((version for version in self.versions if version.pdf_sha256 == pdf_sha256), None)

    def may_be_read(self, version: Version) -> bool:
        """Only the newest version, and only while it is valid: a wrong one must not go on travelling."""
        return version is self.newest and version.state == "valid"


@dataclass(frozen=True, slots=True)
class Child:
    """A student with their certificates, newest first."""

    name: str
    certificates: tuple[Certificate, ...]


def certificates_from(versions: Iterable[Version]) -> list[Certificate]:
    """The certificates that these versions belong to, newest first."""
    by_certificate: dict[tuple[str, str], list[Version]] = defaultdict(list)
    for version in versions:
        by_certificate[version.school_id, version.certificate_id].append(version)
    found = [
        Certificate(tuple(sorted(group, key=lambda version: -version.version))) for group in by_certificate.values()
    ]
    return sorted(found, key=_recency, reverse=True)


def children_of(certificates: Iterable[Certificate]) -> list[Child]:
    """Certificates (newest first) under the child they belong to; who got one last comes first."""
    by_student: dict[str, list[Certificate]] = defaultdict(list)
    for certificate in certificates:
        by_student[certificate.newest.student_id].append(certificate)
    return [Child(group[0].newest.recipient_name, tuple(group)) for group in by_student.values()]


def _recency(certificate: Certificate) -> tuple[date, datetime]:
    return certificate.newest.issued_on, certificate.newest.published_at


def public_name(name: str) -> str:
    """As much of a name as lets its owner recognise it: `Mia Thompson` is `Mia T.`

    A name of one word shows its first letter only.
    """
    words = name.split()
    if len(words) < 2:
        return f"{_first_letter(name.strip())}…"
    return f"{words[0]} {_first_letter(words[-1])}."


def _first_letter(word: str) -> str:
    """The first letter with the marks that belong to it."""
    end = 1
    while end < len(word) and unicodedata.combining(word[end]):
        end += 1
    return word[:end]
