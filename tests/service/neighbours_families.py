"""Who portal and notification live beside: progression with its register, and each for the other."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from nats.js.errors import NotFoundError

from contracts.base import Body, EmailPolicy
from contracts.catalogue import CERTIFICATE, GUARDIANS, GUARDIANS_BY_ADDRESS, OPEN_CORRECTIONS, PRINTS, TYPE_OF
from contracts.certificates import Issued, LayoutRef, Pdf, Replaced, Withdrawn
from contracts.envelope import Envelope, wrap
from contracts.erasure import Erased
from contracts.family_queries import AskGuardiansByAddress, FamilyGuardian, GuardiansByAddress
from contracts.papers import AskPrints, CertificatePrint, Prints
from contracts.portal import CorrectionAnswered, OpenCorrections, Published
from contracts.queries import (
    AskCertificate,
    AskGuardians,
    Certificate,
    CertificateVersion,
    Everything,
    Guardians,
    TeacherRef,
)
from contracts.roster import Guardian
from contracts.topology import stream_of
from deploy.embedded.nats import NatsServer
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus, QueryRefused
from services.kit.telemetry import Metrics
from tests.school import SCHOOL_ID
from tests.waiting import eventually

FAMILY_URL = "http://portal.test/family/key"
SCHOOL_NAME = "Kauri Coast Swim School"
PUPIL = "A swimmer"
PDF = b"%PDF-1.7\n% as good as any for the portal\n%%EOF\n"
Said = TypeVar("Said", bound=Body)


def pdf_of(certificate_id: str, version: int, content: bytes = PDF) -> Pdf:
    return Pdf(
        key=f"certificates/{SCHOOL_ID}/{certificate_id}/{version}.pdf",
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
    )


def address_sha256(address: str) -> str:
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()


def issued(certificate_id: str, version: int = 1, **changes: Any) -> Issued:
    """What progression says of a certificate that was issued."""
    return Issued.model_validate(
        {
            "certificate_id": certificate_id,
            "version": version,
            "number": f"2026-{certificate_id}",
            "kind": "level",
            "student_id": "s-mia",
            "family_id": "f-thompson",
            "recipient_name": "Mia Thompson",
            "level_id": "l3",
            "level_name": "Dolphin 3",
            "title": "Dolphin 3",
            "teacher_id": "t1",
            "teacher_name": "Hana Parata",
            "school_name": SCHOOL_NAME,
            "locale": "en-NZ",
            "issued_on": date(2026, 3, 12),
            "layout": LayoutRef(layout_id="classic", layout_version=1),
            "pdf": pdf_of(certificate_id, version),
            "verify_url": f"http://portal.test/verify/code-{certificate_id}",
            **changes,
        }
    )


OF_A_VERSION = {"state", "recipient_name", "title", "issued_on"}


def registered(certificate_id: str, versions: int = 1, **changes: Any) -> Certificate:
    """The register's entry; `title`, `recipient_name`, `issued_on` and `state` are the newest version's."""
    newest: dict[str, Any] = {
        "state": "issued",
        "recipient_name": "Mia Thompson",
        "title": "Dolphin 3",
        "teacher": TeacherRef(teacher_id="t1", name="Hana Parata"),
        "issued_on": date(2026, 3, 12),
        "layout": LayoutRef(layout_id="classic", layout_version=1),
        **{
            field: changes.pop(field) for field in ("state", "recipient_name", "title", "issued_on") if field in changes
        },
    }
    history = [
        CertificateVersion.model_validate({**newest, "version": version, "state": "replaced"})
        for version in range(versions - 1, 0, -1)
    ]
    return Certificate.model_validate(
        {
            "certificate_id": certificate_id,
            "number": f"2026-{certificate_id}",
            "kind": "level",
            "student_id": "s-mia",
            "family_id": "f-thompson",
            "verify_url": f"http://portal.test/verify/code-{certificate_id}",
            "email": "send",
            "mailed_together": (certificate_id,),
            "school_name": SCHOOL_NAME,
            "locale": "en-NZ",
            "versions": (CertificateVersion.model_validate({**newest, "version": versions}), *history),
            **changes,
        }
    )


class Neighbours:
    """Says what progression and portal would say, answers what progression would answer, reads what was said."""

    def __init__(self, progression: Bus, portal: Bus) -> None:
        self._progression = progression
        self._portal = portal
        self.register: dict[str, Certificate] = {}
        self.families: dict[str, tuple[Guardian, ...]] = {}
        self.prints: dict[str, CertificatePrint] = {}
        """What stands on the paper of the certificates that stand."""
        self.answering = True
        self.unanswered = 0
        progression.answer(CERTIFICATE, self._certificate)
        progression.answer(GUARDIANS, self._guardians)
        progression.answer(PRINTS, self._prints)
        progression.answer(GUARDIANS_BY_ADDRESS, self._guardians_by_address)

    # --- what they say

    async def says(self, *events: Issued | Withdrawn | Replaced | Erased | CorrectionAnswered) -> None:
        for event in events:
            await self._progression.publish(wrap(event, SCHOOL_ID, source="/laurel/progression"))

    async def says_badly(self, event: Issued, body: bytes) -> None:
        """The right subject and headers around a body that is wrong."""
        envelope = wrap(event, SCHOOL_ID, source="/laurel/progression")
        await self._progression.publish(Envelope(envelope.subject, envelope.headers, body))

    async def publishes(
        self, certificate_id: str, version: int = 1, url: str = "http://portal.test/family/key"
    ) -> None:
        """The certificate is online. Said again, it is the same message in a new envelope."""
        certificate = self.register[certificate_id]
        event = Published(
            certificate_id=certificate_id, version=version, family_id=certificate.family_id, family_url=url
        )
        await self._portal.publish(wrap(event, SCHOOL_ID, source="/laurel/portal"))

    async def heard(self, kind: type[Said]) -> list[Said]:
        """All messages of a kind that the broker keeps."""
        return [kind.model_validate_json(envelope.body) for envelope in await self.envelopes(kind)]

    async def envelopes(self, kind: type[Body]) -> list[Envelope]:
        subject = TYPE_OF[kind].subject(SCHOOL_ID)
        found: list[Envelope] = []
        sequence = 1
        while True:
            try:
                message = await self._progression.jetstream.get_msg(
                    stream_of(subject).name, sequence, subject=subject, next=True
                )
            except NotFoundError:
                return found
            found.append(Envelope(subject, dict(message.headers or {}), message.data or b""))
            sequence = (message.seq or 0) + 1

    async def dead_letter(self, subject: str) -> dict[str, str]:
        """The headers of the last dead letter on this subject; empty where there is none."""
        try:
            kept = await self._progression.jetstream.get_last_msg("DEAD_LETTERS", subject)
        except NotFoundError:
            return {}
        return dict(kept.headers or {})

    async def hears(self, kind: type[Said], count: int = 1, within: float = 15.0) -> list[Said]:
        """At least so many messages of a kind, waited for."""

        async def enough() -> list[Said] | None:
            found = await self.heard(kind)
            return found if len(found) >= count else None

        return await eventually(enough, within=within, what=f"{count} {kind.__name__}")

    async def settled(self, service: str) -> None:
        """Every message for the service was handled, and what it said of them is published."""

        idle = 0

        async def nothing_waits() -> bool:
            nonlocal idle
            infos = [
                await self._progression.jetstream.consumer_info(stream, name) for stream, name in DURABLES[service]
            ]
            is_idle = all(info.num_pending == 0 and info.num_ack_pending == 0 for info in infos)
            # The broker may acknowledge a message a moment before its consumers hear of it.
            idle = idle + 1 if is_idle else 0
            return idle == 2

        await eventually(nothing_waits, what=f"{service} handles what it was sent")

    # --- what progression asks

    async def waits_for(self) -> OpenCorrections:
        """What the portal says that no answer came to."""
        return await self._progression.ask(OPEN_CORRECTIONS, SCHOOL_ID, Everything())

    # --- what progression answers

    async def _certificate(self, _: str, question: AskCertificate) -> Certificate:
        if not self.answering:
            self.unanswered += 1
            raise ConnectionRefusedError("its Postgres is away")
        if question.certificate_id not in self.register:
            raise QueryRefused("unknown_certificate", "There is no such certificate.")
        return self.register[question.certificate_id]

    async def _guardians(self, _: str, question: AskGuardians) -> Guardians:
        return Guardians(family_id=question.family_id, guardians=self.families.get(question.family_id, ()))

    async def _prints(self, _: str, question: AskPrints) -> Prints:
        known = [self.prints[each] for each in question.certificate_ids if each in self.prints]
        return Prints(prints=tuple(known), pupil=PUPIL)

    async def _guardians_by_address(self, _: str, question: AskGuardiansByAddress) -> GuardiansByAddress:
        if not self.answering:
            self.unanswered += 1
            raise ConnectionRefusedError("its Postgres is away")
        found = [
            FamilyGuardian(family_id=family_id, guardian=guardian)
            for family_id, guardians in self.families.items()
            for guardian in guardians
            if address_sha256(guardian.email) == question.address_sha256
        ]
        return GuardiansByAddress(school_name=SCHOOL_NAME, locale="en-NZ", guardians=tuple(found))

    def enters(
        self, certificate_id: str, *, email: EmailPolicy = "send", send_after: datetime | None = None, **changes: Any
    ) -> None:
        """The register gets, or changes, an entry."""
        self.register[certificate_id] = registered(certificate_id, email=email, send_after=send_after, **changes)


DURABLES = {
    "portal": (("EVENTS", "portal-certificates"), ("INTERNAL", "portal-corrections")),
    "progression": (("INTERNAL", "progression-requests"),),
    "notification": (
        ("INTERNAL", "notification-published"),
        ("INTERNAL", "notification-families"),
        ("EVENTS", "notification-corrections"),
        ("EVENTS", "notification-erasures"),
    ),
}


@asynccontextmanager
async def neighbours_of(server: NatsServer) -> AsyncIterator[Neighbours]:
    progression = Bus("progression", server.url("progression"), Metrics())
    portal = Bus("portal", server.url("portal"), Metrics())
    neighbours = Neighbours(progression, portal)
    for bus in (progression, portal):
        await bus.start()
        await bus.broker.start()
    yield neighbours
    for bus in (progression, portal):
        await bus.stop()


async def keep_pdf(folder: Path, event: Issued, content: bytes = PDF) -> None:
    """What rendering does: the PDF lies in the artefact store."""
    await Artefacts(folder.as_uri()).put(event.pdf.key, content)
