"""The name that a family asks for on a certificate: kept and told in one, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Literal

from contracts.catalogue import TYPE_OF
from contracts.envelope import Envelope, id_from, new_id, wrap
from contracts.portal import CorrectionAnswered, CorrectionRequested, OpenCorrections
from contracts.queries import Everything
from services.kit.delivery import Incoming
from services.kit.outbox import Relay, queue
from services.kit.postgres import Database, load_queries
from services.kit.telemetry import current_traceparent
from services.portal.domain import Certificate
from services.portal.handlers import SOURCE
from services.portal.name_form import Typed, wish_from

MOST_IN_A_DAY = 5
"""For one certificate: enough to mend one's own slips, and no more than staff can read."""

TOO_OFTEN = (
    "You have asked for this certificate several times today. The school has what you wrote last;"
    " tomorrow you can write again."
)

Standing = Literal["waiting", "coming", "corrected", "declined"]


@dataclass(frozen=True, slots=True)
class AskedName:
    """The last wish for a certificate."""

    request_id: str
    version: int
    """The one that they saw."""
    recipient_name: str
    requested_at: datetime
    outcome: str | None
    by_version: int | None
    reason: str | None

    def standing(self, certificate: Certificate) -> Standing:
        """What came of it, by what the family can see: the corrected version and the answer come in any order."""
        newest = certificate.newest
        if self.outcome == "declined":
            return "declined"
        if self.outcome == "corrected":
            return "corrected" if newest.version >= (self.by_version or 0) else "coming"
        as_asked = newest.version > self.version and newest.recipient_name == self.recipient_name
        return "corrected" if as_asked else "waiting"


class NotAsked(Exception):
    """Why, in words for the family; and the page's status."""

    def __init__(self, status: HTTPStatus, problems: Sequence[str]) -> None:
        super().__init__(status.phrase)
        self.status = status
        self.problems = problems


class AskedNames:
    def __init__(self, database: Database, relay: Relay) -> None:
        self._database = database
        self._relay = relay
        self._queries = load_queries("services.portal")

    async def ask(self, certificate: Certificate, typed: Typed) -> None:
        """NotAsked where it cannot be. One form is one request, however often it is sent."""
        newest = certificate.newest
        wish = wish_from(typed, newest.recipient_name)
        if isinstance(wish, list):
            raise NotAsked(HTTPStatus.UNPROCESSABLE_ENTITY, wish)
        key = {"school_id": newest.school_id, "certificate_id": newest.certificate_id}
        request_id = id_from("name", *key.values(), typed.form_id or new_id())
        asked = {"request_id": request_id, "version": newest.version, **wish.model_dump()}
        async with self._database.transaction() as connection:
            kept = await self._queries.keep_correction_request(connection, **key, **asked, most_in_a_day=MOST_IN_A_DAY)
            if kept is None:
                known = await self._queries.correction_request(connection, **key)
                # Nothing is known of a child who has been erased at this very moment.
                if known is not None and known["request_id"] != request_id:
                    raise NotAsked(HTTPStatus.TOO_MANY_REQUESTS, [TOO_OFTEN])
                return
            event = CorrectionRequested(
                certificate_id=newest.certificate_id, requested_at=kept["requested_at"], **asked
            )
            await queue(connection, _told(event, newest.school_id))
        self._relay.wake()

    async def of(self, certificate: Certificate) -> AskedName | None:
        row = await self._queries.correction_request(
            self._database.pool, school_id=certificate.newest.school_id, certificate_id=certificate.id
        )
        return AskedName(**row) if row else None

    async def answered(self, incoming: Incoming) -> None:
        if incoming.stem != TYPE_OF[CorrectionAnswered].stem:
            return
        event = incoming.read(CorrectionAnswered)
        await self._queries.answer_correction_request(
            self._database.pool, school_id=incoming.school_id, **event.model_dump()
        )

    async def waiting(self, school_id: str, _: Everything) -> OpenCorrections:
        """`portal.query.open_corrections`."""
        rows = self._queries.open_correction_requests(self._database.pool, school_id=school_id)
        return OpenCorrections(requests=tuple([CorrectionRequested(**row) async for row in rows]))


def _told(event: CorrectionRequested, school_id: str) -> Envelope:
    return wrap(
        event,
        school_id,
        source=SOURCE,
        message_id=event.request_id,
        traceparent=current_traceparent.get(),
    )
