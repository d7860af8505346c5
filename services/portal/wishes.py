"""What families want of their mails, said to notification: committed first, so that nothing answered is lost."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.base import GIVEN_ID_PATTERN, Body
from contracts.envelope import new_id, wrap
from contracts.portal import LinkRequested, MailsChosen, MailsChosenByLink
from services.kit.outbox import Relay, queue
from services.kit.postgres import Database, load_queries
from services.portal import tokens
from services.portal.handlers import SOURCE

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class School:
    school_id: str
    name: str


class Wishes:
    def __init__(self, database: Database, relay: Relay) -> None:
        self._database = database
        self._relay = relay
        self._queries = load_queries("services.portal")

    async def schools(self) -> list[School]:
        """That there are certificates of, by name."""
        return [School(**row) async for row in self._queries.schools(self._database.pool)]

    async def new_link(self, school_id: str, address: str) -> None:
        """Wanted by whoever has this e-mail address: it is told as a hash, and kept nowhere."""
        address_sha256 = hashlib.sha256(address.strip().lower().encode()).hexdigest()
        await self._say(
            school_id, LinkRequested(request_id=new_id(), address_sha256=address_sha256, requested_at=datetime.now(UTC))
        )

    async def mails_by_link(self, school_id: str, token: str, *, wants_mail: bool) -> None:
        """By the link in a mail's footer. What can be none is not told."""
        if not TOKEN.fullmatch(token) or not await self._is_known(school_id):
            return
        token_sha256 = tokens.hashed(token).hex()
        await self._say(
            school_id, MailsChosenByLink(token_sha256=token_sha256, wants_mail=wants_mail, chosen_at=datetime.now(UTC))
        )

    async def mails(self, school_id: str, *choices: MailsChosen) -> None:
        await self._say(school_id, *choices)

    async def _is_known(self, school_id: str) -> bool:
        if not re.fullmatch(GIVEN_ID_PATTERN, school_id):
            return False
        return bool(await self._queries.is_school(self._database.pool, school_id=school_id))

    async def _say(self, school_id: str, *bodies: Body) -> None:
        async with self._database.transaction() as connection:
            await queue(connection, *(wrap(body, school_id, source=SOURCE) for body in bodies))
        self._relay.wake()
