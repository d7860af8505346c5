"""What waits for a person, of any school: messages that were kept aside, certificates that cannot be printed."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from nats.js.errors import NotFoundError

from contracts.catalogue import ATTENTION, MAIL_TROUBLES
from contracts.certificates import ResendMail, Retry
from contracts.envelope import Envelope, id_from, wrap
from contracts.mail_queries import MailTrouble
from contracts.permissions import PROVISIONER
from contracts.queries import CertificateTrouble, Everything
from deploy.addresses import Addresses, chosen_school
from deploy.endpoints import read_endpoints
from deploy.home import Home
from deploy.trust import nats_ca_file
from services.kit.broker import Bus, NobodyAnswered, QueryRefused
from services.kit.dead_letters import DeadLetter, DeadLetters
from services.kit.telemetry import Metrics

SOURCE = "/laurel/operations"
WHO = "operations"


class NotAsked(Exception):
    """Nobody answers for the certificates or the mails; the text says who."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """All that one school's people have to see to."""

    letters: tuple[DeadLetter, ...]
    certificates: tuple[CertificateTrouble, ...]
    mails: tuple[MailTrouble, ...]

    def __bool__(self) -> bool:
        return bool(self.letters or self.certificates or self.mails)


class Counter:
    """Where operations stand: with the credential of the one service that may send anything again."""

    def __init__(self, bus: Bus, school_id: str) -> None:
        self._bus = bus
        self._school_id = school_id

    @property
    def _letters(self) -> DeadLetters:
        return DeadLetters(self._bus.jetstream)

    async def letters(self) -> tuple[DeadLetter, ...]:
        """Of every school; none where the broker has not even the stream for them."""
        try:
            return tuple([letter async for letter in self._letters.all()])
        except NotFoundError:
            return ()

    async def letter(self, letter_id: int) -> DeadLetter:
        """NoSuchLetter."""
        return await self._letters.get(letter_id)

    async def waiting(self) -> Waiting:
        """NotAsked where progression or notification does not answer."""
        try:
            attention = await self._bus.ask(ATTENTION, self._school_id, Everything())
            troubles = await self._bus.ask(MAIL_TROUBLES, self._school_id, Everything())
        except (NobodyAnswered, QueryRefused) as silent:
            raise NotAsked(f"{silent}: see that the services run (`laurel doctor`)") from silent
        return Waiting(await self.letters(), attention.certificates, troubles.mails)

    async def send_letter_again(self, letter: DeadLetter, body: bytes | None = None) -> None:
        """As it was, or with a mended body; then it is no dead letter any more."""
        await self._bus.publish(letter.once_more(body))
        await self._letters.drop(letter.letter_id)

    async def drop(self, letter: DeadLetter) -> None:
        await self._letters.drop(letter.letter_id)

    async def print_again(self, trouble: CertificateTrouble) -> None:
        body = Retry(certificate_id=trouble.certificate_id, requested_by=WHO)
        await self._bus.publish(self._once(body, trouble.certificate_id, trouble.since))

    async def mail_again(self, trouble: MailTrouble) -> None:
        body = ResendMail(certificate_id=trouble.certificate_id, guardian_id=trouble.guardian_id, requested_by=WHO)
        await self._bus.publish(self._once(body, trouble.certificate_id, trouble.guardian_id, trouble.since))

    def _once(self, body: Retry | ResendMail, *what: str | datetime) -> Envelope:
        """However often it is asked for, the same trouble is one command."""
        message_id = id_from(type(body).__name__, WHO, self._school_id, *what)
        return wrap(body, self._school_id, source=SOURCE, message_id=message_id)


@asynccontextmanager
async def at_the_counter(home: Home, environment: Mapping[str, str] = os.environ) -> AsyncIterator[Counter]:
    """In the running stack of this home, or wherever `LAUREL_NATS_URL` points."""
    url, school_id = _where(home, environment)
    bus = Bus(PROVISIONER, url, Metrics(), nats_ca_file())
    await bus.start()
    try:
        yield Counter(bus, school_id)
    finally:
        await bus.stop()


def _where(home: Home, environment: Mapping[str, str]) -> tuple[str, str]:
    url = environment.get("LAUREL_NATS_URL")
    if url:
        return url, chosen_school()
    school_id = read_endpoints(home).school
    return Addresses.of(home).nats(PROVISIONER), school_id
