"""One digest on its way: what is still true of it, where it goes, how it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from contracts.notification import DeliveryState
from contracts.queries import Certificate
from contracts.roster import Guardian
from services.kit.broker import NobodyAnswered, QueryRefused
from services.kit.postgres import Connection
from services.kit.telemetry import get_logger
from services.kit.tracing import span
from services.notification.addresses import address_hash, domain_hash, why_unusable
from services.notification.digest_letter import letter_of, pictures_of
from services.notification.envelope import Envelopes
from services.notification.families.preferences import WANTS_NO_MAIL, Preferences
from services.notification.ledger import Departure, Digest, Ledger, Mail, Overtaken
from services.notification.letter import Letter, Writer
from services.notification.mailer import Mailer
from services.notification.pictures import Pictures
from services.notification.register import Register, version_of
from services.notification.replies import Outcome
from services.notification.retry import GIVE_UP_AFTER, delay_when_away, delay_when_deferred
from services.notification.template_store import TemplateStore

LONGEST_WAIT = timedelta(minutes=10)
"""For certificates of the run that progression still makes; after that the others go without them."""

NO_LONGER_A_GUARDIAN = "This person is no guardian of the family any more."

ENDS: dict[str, DeliveryState] = {
    "accepted": "accepted",
    "refused": "failed",
    "refused_address": "failed",
    "unknown": "unknown",
}
"""Outcomes that are for good. `unknown` is held for a person: sending it again might be a second mail."""


class Dispatch:
    def __init__(
        self,
        ledger: Ledger,
        register: Register,
        templates: TemplateStore,
        pictures: Pictures,
        writer: Writer,
        envelopes: Envelopes,
        mailer: Mailer,
        preferences: Preferences,
        *,
        grace: timedelta,
        answer_patience: timedelta,
    ) -> None:
        """`grace`: between two looks for the rest of a run. `answer_patience`: longer than any answer takes."""
        self._ledger = ledger
        self._register = register
        self._templates = templates
        self._pictures = pictures
        self._writer = writer
        self._envelopes = envelopes
        self._mailer = mailer
        self._preferences = preferences
        self._grace = grace
        self._answer_patience = answer_patience

    async def __call__(self, digest: Digest) -> None:
        mails = await self._ledger.queued(digest)
        if not mails:
            await self._ledger.rest(digest)
            return
        first, *more = [mail.traceparent for mail in mails]
        with span("notification-digest", "CLIENT", after=first, also=more, certificates=len(mails)):
            await self._deal_with(digest, mails)

    async def _deal_with(self, digest: Digest, mails: Sequence[Mail]) -> None:
        try:
            certificates = await self._register.certificates(digest.school_id, [mail.certificate_id for mail in mails])
            guardians = await self._register.guardians(digest.school_id, digest.family_id)
        except NobodyAnswered as error:
            await self._ledger.defer(digest, mails, str(error), delay_when_away(digest.attempts))
            return
        except QueryRefused as error:
            await self._defer_or_give_up(digest, mails, str(error))
            return
        guardian = next((each for each in guardians if each.guardian_id == digest.guardian_id), None)
        if await self._is_to_go_now(digest, mails, certificates):
            await self._send_to(guardian, digest, mails, certificates)

    async def _is_to_go_now(self, digest: Digest, mails: Sequence[Mail], certificates: dict[str, Certificate]) -> bool:
        """Whether all of it is still valid, and nothing that belongs with it is still to come."""
        spent = [mail for mail in mails if not _is_valid(mail, certificates)]
        if spent:
            await self._ledger.cancel(digest, spent, "The certificate was corrected before it was mailed.")
            return False
        together = {each for certificate in certificates.values() for each in certificate.mailed_together}
        missing = together - set(certificates)
        if missing and digest.waited < LONGEST_WAIT and missing - await self._ledger.certificates_of(digest):
            await self._ledger.wait(digest, self._grace)
            return False
        return True

    async def _send_to(
        self,
        guardian: Guardian | None,
        digest: Digest,
        mails: Sequence[Mail],
        certificates: dict[str, Certificate],
    ) -> None:
        preference = await self._preferences.of(digest.school_id, digest.family_id, digest.guardian_id)
        if guardian is None:
            await self._ledger.conclude(digest, mails, "suppressed", NO_LONGER_A_GUARDIAN)
        elif not preference.wants_mail:
            await self._ledger.conclude(digest, mails, "suppressed", WANTS_NO_MAIL)
        elif problem := why_unusable(guardian.email):
            await self._ledger.conclude(digest, mails, "failed", problem)
        elif reason := await self._ledger.why_suppressed(digest, guardian.email):
            await self._ledger.conclude(digest, mails, "suppressed", reason)
        elif (domain := domain_hash(guardian.email)) != digest.domain:
            await self._ledger.redirect(digest, domain)
        else:
            guardian = preference.spoken_to(guardian)
            await self._send(await self._letter(guardian, digest, mails, certificates), digest, mails)

    async def _letter(
        self, guardian: Guardian, digest: Digest, mails: Sequence[Mail], certificates: dict[str, Certificate]
    ) -> Letter:
        """As the school wants it, with the pictures that can be had at once."""
        levels = {certificate.level.level_id for certificate in certificates.values() if certificate.level}
        stationery = await self._templates.stationery(digest.school_id, levels)
        wanted = pictures_of(mails, certificates) if stationery.letterhead.picture else []
        pictures = await self._pictures.of(digest.school_id, wanted)
        return letter_of(guardian, digest, mails, certificates, stationery, pictures)

    async def _send(self, letter: Letter, digest: Digest, mails: Sequence[Mail]) -> None:
        way_out = self._preferences.new_link(digest.school_id)
        content = self._writer.compose(replace(letter, unsubscribe_url=way_out.url))

        envelope = self._envelopes.new()
        departure = Departure(self._writer.message_id(letter), address_hash(letter.address), envelope.sha256)

        async def keep(connection: Connection) -> None:
            await self._preferences.keep(connection, digest, way_out)

        async def begin() -> None:
            await self._ledger.begin(mails, departure, self._answer_patience, keep)

        try:
            outcome = await self._mailer.send(content, envelope.sender, letter.address, begin)
        except Overtaken:
            await self._ledger.wait(digest, timedelta(0))
            return
        await self._record(outcome, letter, digest, mails)

    async def _record(self, outcome: Outcome, letter: Letter, digest: Digest, mails: Sequence[Mail]) -> None:
        # The server's words may hold an address: they are for staff, and not for the log.
        get_logger().info("mail", outcome=outcome.kind, guardian_id=digest.guardian_id, certificates=len(mails))
        if outcome.kind == "refused_address":
            await self._ledger.suppress(digest, letter.address, outcome.reason or "")
        if outcome.kind == "away":
            await self._ledger.defer(digest, mails, outcome.reason, delay_when_away(digest.attempts))
        elif outcome.kind == "deferred":
            await self._defer_or_give_up(digest, mails, outcome.reason)
        else:
            await self._ledger.conclude(digest, mails, ENDS[outcome.kind], outcome.reason)

    async def _defer_or_give_up(self, digest: Digest, mails: Sequence[Mail], reason: str | None) -> None:
        if digest.tried_for < GIVE_UP_AFTER:
            await self._ledger.defer(digest, mails, reason, delay_when_deferred(digest.attempts))
        else:
            await self._ledger.conclude(digest, mails, "failed", reason)


def _is_valid(mail: Mail, certificates: dict[str, Certificate]) -> bool:
    version = version_of(certificates[mail.certificate_id], mail.version)
    return version is not None and version.state == "issued"
