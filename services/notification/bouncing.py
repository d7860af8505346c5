"""Mails that came back: known by their envelope address alone, and told to staff."""

from __future__ import annotations

from enum import Enum
from typing import Any

from services.kit.outbox import Relay, queue
from services.kit.postgres import Connection, Database, load_queries
from services.kit.telemetry import get_logger
from services.notification.delivery_report import Failure, Returned
from services.notification.envelope import Envelopes
from services.notification.outcomes import Addressee, Outcomes


class Heard(Enum):
    RECORDED = "recorded"
    NOTHING_NEW = "nothing new"
    """Known already, or a delay."""
    NO_REPORT = "no delivery report"
    """Ours, and yet somebody's absence or words: they change nothing."""
    NOT_OURS = "not of a mail of ours"
    TOO_EARLY = "too early: the mail is still being handed over"


class Bouncing:
    def __init__(self, database: Database, relay: Relay, outcomes: Outcomes, envelopes: Envelopes) -> None:
        self._database = database
        self._relay = relay
        self._outcomes = outcomes
        self._envelopes = envelopes
        self._queries = load_queries("services.notification")

    async def hear(self, came: Returned, *envelope_to: str) -> Heard:
        """`envelope_to`: whom it came to, where that is known. Unreadable where it is ours and cannot be read."""
        envelopes = self._envelopes.named_in((*envelope_to, *came.addressed_to))
        if not envelopes:
            return Heard.NOT_OURS
        async with self._database.transaction() as connection:
            states = {row["state"] async for row in self._queries.mails_by_envelope(connection, envelopes=envelopes)}
            if not states:
                return Heard.NOT_OURS
            if not came.is_report:
                return Heard.NO_REPORT
            failure = came.failure()
            if failure is None:
                return Heard.NOTHING_NEW
            if "sending" in states:
                return Heard.TOO_EARLY
            return await self._record(connection, envelopes, failure)

    async def _record(self, connection: Connection, envelopes: list[bytes], failure: Failure) -> Heard:
        rows = self._queries.bounce(connection, envelopes=envelopes, reason=failure.reason)
        mails = [dict(row) async for row in rows]
        if not mails:
            return Heard.NOTHING_NEW
        if failure.blames_address:
            await self._suppress(connection, mails[0], failure.reason)
        addressees = [Addressee(**{key: mail[key] for key in Addressee.__slots__}) for mail in mails]
        await queue(connection, *self._outcomes.tell(addressees, "failed", failure.reason))
        self._relay.wake()
        get_logger().info("mail_came_back", guardian_id=mails[0]["guardian_id"], certificates=len(mails))
        return Heard.RECORDED

    async def _suppress(self, connection: Connection, mail: dict[str, Any], reason: str) -> None:
        """All of one envelope went to one guardian."""
        await self._queries.suppress(
            connection,
            school_id=mail["school_id"],
            guardian_id=mail["guardian_id"],
            digest_key=mail["digest_key"],
            address_sha256=mail["address_sha256"],
            reason=reason,
        )
