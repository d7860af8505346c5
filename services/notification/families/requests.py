"""The ledger of mails with a new link: one for each request and family, and not too many for one address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from contracts.family_queries import FamilyGuardian
from contracts.portal import LinkRequested
from services.kit.postgres import Database, load_queries
from services.notification.ledger import LEASE, SENDER_GONE, Overtaken

USEFUL_FOR = timedelta(hours=1)
"""Whoever asked has another one sent after that: a mail that comes next day only puzzles."""
MOST_IN_AN_HOUR = 3
"""For one address; so nobody's mailbox can be filled by somebody else's asking."""

State = Literal["queued", "accepted", "failed", "unknown", "cancelled"]


@dataclass(frozen=True, slots=True)
class LinkMail:
    """One that is due, claimed by one sender. `family_url` is there from its second attempt on."""

    school_id: str
    request_id: str
    family_id: str
    guardian_id: str
    address_sha256: bytes
    family_url: str | None
    attempts: int
    is_too_late: bool

    @property
    def key(self) -> dict[str, str]:
        return {"school_id": self.school_id, "request_id": self.request_id, "family_id": self.family_id}


def is_stale(request: LinkRequested) -> bool:
    return datetime.now(UTC) > request.requested_at + USEFUL_FOR


class LinkLedger:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = load_queries("services.notification.families")

    async def enter(self, school_id: str, request: LinkRequested, guardians: list[FamilyGuardian]) -> bool:
        """A mail for each family, once for a request; False where the address was mailed often enough lately."""
        address = {"school_id": school_id, "address_sha256": bytes.fromhex(request.address_sha256)}
        async with self._database.transaction() as connection:
            await self._queries.lock_address(connection, **address)
            lately = await self._queries.asked_lately(connection, **address, request_id=request.request_id)
            if lately >= MOST_IN_AN_HOUR:
                return False
            for each in guardians:
                await self._queries.add_link_mail(
                    connection,
                    **address,
                    request_id=request.request_id,
                    family_id=each.family_id,
                    guardian_id=each.guardian.guardian_id,
                    give_up_at=request.requested_at + USEFUL_FOR,
                )
        return True

    async def claim(self) -> LinkMail | None:
        """The one that is due longest."""
        row = await self._queries.claim_link_mail(self._database.pool, lease=LEASE)
        return LinkMail(**row) if row else None

    async def keep_link(self, mail: LinkMail, family_url: str) -> None:
        await self._queries.keep_link(self._database.pool, **mail.key, family_url=family_url)

    async def begin(self, mail: LinkMail, message_id: str, patience: timedelta) -> None:
        """Commit that it may be out from now on. Overtaken where another sender did."""
        begun = await self._queries.begin_link_mail(
            self._database.pool, **mail.key, message_id=message_id, patience=patience
        )
        if not begun:
            raise Overtaken

    async def conclude(self, mail: LinkMail, state: State, reason: str | None) -> None:
        """What became of it, for good."""
        await self._queries.settle_link_mail(self._database.pool, **mail.key, state=state, reason=reason, after=None)

    async def defer(self, mail: LinkMail, reason: str | None, after: timedelta) -> None:
        """An attempt was in vain: another one follows."""
        await self._queries.settle_link_mail(
            self._database.pool, **mail.key, state="queued", reason=reason, after=after
        )

    async def give_up_on_lost_senders(self) -> int:
        """How many mails of senders that are gone are `unknown` now."""
        rows = self._queries.give_up_on_lost_link_senders(self._database.pool, reason=SENDER_GONE)
        return len([row async for row in rows])
