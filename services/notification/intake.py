"""Mails into the ledger, and out of it again as long as they are not sent."""

from __future__ import annotations

from datetime import timedelta

from contracts.envelope import Envelope
from contracts.notification import DeliveryState
from contracts.portal import Published
from contracts.queries import Certificate
from contracts.roster import Guardian
from services.kit.holdings import was_erased
from services.kit.outbox import queue
from services.kit.postgres import Connection, Database, load_queries
from services.kit.telemetry import current_traceparent
from services.notification.addresses import domain_hash, why_unusable
from services.notification.outcomes import Addressee, Outcomes
from services.notification.register import digest_key


class Intake:
    def __init__(self, database: Database, outcomes: Outcomes, grace_s: float) -> None:
        """`grace_s`: how long a digest waits for the rest of its run."""
        self._database = database
        self._outcomes = outcomes
        self._grace = timedelta(seconds=grace_s)
        self._queries = load_queries("services.notification")

    async def is_erased(self, school_id: str, certificate_id: str) -> bool:
        return await was_erased(self._database, school_id, certificate_id)

    async def enter(
        self,
        school_id: str,
        event: Published,
        certificate: Certificate,
        guardians: tuple[Guardian, ...],
        *said: Envelope,
    ) -> None:
        """One row a guardian, unless the run wants no mail; those that are there already stay as they are.

        `said` is told with it, if and only if it is done.
        """
        async with self._database.transaction() as connection:
            await queue(connection, *said)
            await self._lock(connection, school_id, event.certificate_id)
            version = {"school_id": school_id, "certificate_id": event.certificate_id, "version": event.version}
            nobody = certificate.email == "send" and not guardians
            await self._queries.announce(connection, **version, family_url=event.family_url if nobody else None)
            if certificate.email == "none":
                return
            if await self._queries.is_corrected(connection, **version):
                return
            for guardian in guardians:
                await self._enter_for(connection, school_id, event, certificate, guardian)

    async def correct(self, school_id: str, certificate_id: str, version: int, reason: str) -> None:
        """The version is not to be mailed any more, nor are those before it."""
        async with self._database.transaction() as connection:
            await self._lock(connection, school_id, certificate_id)
            corrected = {"school_id": school_id, "certificate_id": certificate_id, "version": version}
            await self._queries.add_correction(connection, **corrected)
            await self._queries.cancel(connection, **corrected, reason=reason)

    async def _enter_for(
        self, connection: Connection, school_id: str, event: Published, certificate: Certificate, guardian: Guardian
    ) -> None:
        digest = {
            "school_id": school_id,
            "guardian_id": guardian.guardian_id,
            "digest_key": digest_key(certificate),
        }
        await self._queries.open_digest(
            connection, **digest, family_id=event.family_id, domain=domain_hash(guardian.email)
        )
        problem = why_unusable(guardian.email)
        state: DeliveryState = "failed" if problem else "queued"
        is_new = await self._queries.add_mail(
            connection,
            **digest,
            certificate_id=event.certificate_id,
            version=event.version,
            state=state,
            reason=problem,
            family_url=event.family_url,
            held_until=certificate.send_after,
            traceparent=current_traceparent.get(),
        )
        if not is_new:
            return
        if problem:
            addressee = Addressee(school_id, event.certificate_id, event.version, guardian.guardian_id)
            await queue(connection, *self._outcomes.tell([addressee], state, problem))
            return
        await self._queries.plan_digest(
            connection,
            **digest,
            send_after=certificate.send_after,
            together=list(certificate.mailed_together),
            grace=self._grace,
        )

    async def _lock(self, connection: Connection, school_id: str, certificate_id: str) -> None:
        await self._queries.lock_certificate(connection, school_id=school_id, certificate_id=certificate_id)
