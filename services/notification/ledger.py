"""The e-mail ledger as its sender sees it: what is due, what is on its way, what became of it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from contracts.notification import DeliveryState
from services.kit.outbox import Relay, queue
from services.kit.postgres import Connection, Database, load_queries
from services.notification.addresses import address_hash
from services.notification.outcomes import Addressee, Outcomes, messages

LEASE = timedelta(seconds=30)
"""A digest whose sender died before it began to send is taken up again after this.

A mail server that is slower than this gets a second connection, and still one mail: only one of two senders can begin.
"""

SENDER_GONE = "The sender was stopped before the mail server answered: the mail may be out, or may not."


@dataclass(frozen=True, slots=True)
class Digest:
    """What one guardian gets of one run, claimed by one sender until `claimed_until`."""

    school_id: str
    guardian_id: str
    digest_key: str
    family_id: str
    domain: bytes | None
    """Of the address that it went to or was to go to, as a hash; None where it was queued before domains were noted."""
    claimed_until: datetime
    attempts: int
    waited: timedelta
    tried_for: timedelta

    @property
    def key(self) -> dict[str, str]:
        return {"school_id": self.school_id, "guardian_id": self.guardian_id, "digest_key": self.digest_key}

    def addressee(self, mail: Mail) -> Addressee:
        return Addressee(self.school_id, mail.certificate_id, mail.version, self.guardian_id)


@dataclass(frozen=True, slots=True)
class Mail:
    """A ledger row that waits to be sent. `corrects`: the guardian got an earlier version."""

    mail_id: int
    certificate_id: str
    version: int
    family_url: str
    corrects: bool
    traceparent: str | None = None
    """Of what led to it."""


@dataclass(frozen=True, slots=True)
class Departure:
    """What is noted of a mail at the moment from which on it may be out."""

    message_id: str
    address_sha256: bytes
    envelope_sha256: bytes | None
    """Of the secret in its envelope's sender, by which a bounce is known; None where all mails have the same sender."""


class Overtaken(Exception):
    """Some of the mails were withdrawn, or taken by another sender, a moment ago."""


class Ledger:
    def __init__(
        self, database: Database, relay: Relay, outcomes: Outcomes, comes_back_within: timedelta = timedelta(0)
    ) -> None:
        """`comes_back_within`: so long an accepted mail's link is kept, since it may have to be sent again."""
        self._database = database
        self._relay = relay
        self._outcomes = outcomes
        self._comes_back_within = comes_back_within
        self._queries = load_queries("services.notification")

    async def claim(self, full: Collection[bytes] = ()) -> Digest | None:
        """The digest that is due longest, and goes to none of the domains that are `full`."""
        row = await self._queries.claim_digest(self._database.pool, lease=LEASE, full=list(full))
        return Digest(**row) if row else None

    async def queued(self, digest: Digest) -> list[Mail]:
        rows = self._queries.queued_mails(self._database.pool, **digest.key)
        return [Mail(**row) async for row in rows]

    async def certificates_of(self, digest: Digest) -> set[str]:
        """All that the digest knows of, sent or not."""
        rows = self._queries.mailed_certificates(self._database.pool, **digest.key)
        return {row["certificate_id"] async for row in rows}

    async def why_suppressed(self, digest: Digest, address: str) -> str | None:
        reason: str | None = await self._queries.suppressed(
            self._database.pool,
            school_id=digest.school_id,
            guardian_id=digest.guardian_id,
            address_sha256=address_hash(address),
        )
        return reason

    async def begin(
        self,
        mails: Sequence[Mail],
        departure: Departure,
        patience: timedelta,
        with_it: Callable[[Connection], Awaitable[None]] | None = None,
    ) -> None:
        """Commit that these may be out from now on; unanswered for longer than `patience` they are `unknown`.

        `with_it` writes what is to be kept with them. Overtaken, and nothing changed, unless all of them still wait.
        """
        async with self._database.transaction() as connection:
            rows = self._queries.begin_sending(connection, mail_ids=_ids(mails), patience=patience, **asdict(departure))
            if not [row async for row in rows]:
                raise Overtaken
            if with_it is not None:
                await with_it(connection)

    async def conclude(self, digest: Digest, mails: Sequence[Mail], state: DeliveryState, reason: str | None) -> None:
        """What became of these mails, for good; the digest rests until something new is queued."""
        await self._settle(digest, mails, state, reason, None, 0)

    async def cancel(self, digest: Digest, mails: Sequence[Mail], reason: str) -> None:
        """These are not to be sent; the digest goes on with what is left, at once."""
        await self._settle(digest, mails, "cancelled", reason, timedelta(0), digest.attempts)

    async def defer(self, digest: Digest, mails: Sequence[Mail], reason: str | None, after: timedelta) -> None:
        """An attempt was in vain: all of it waits, and is tried again."""
        await self._settle(digest, mails, "queued", reason, after, digest.attempts + 1)

    async def wait(self, digest: Digest, after: timedelta) -> None:
        """Nothing was tried: look at it again later."""
        await self._settle(digest, (), "queued", None, after, digest.attempts)

    async def redirect(self, digest: Digest, domain: bytes) -> None:
        """It goes to another domain than was thought: nothing was tried, and it is looked at again at once."""
        await self._queries.redirect_digest(self._database.pool, **digest.key, domain=domain)
        await self.wait(digest, timedelta(0))

    async def rest(self, digest: Digest) -> None:
        """Nothing is left to send."""
        await self._settle(digest, (), "queued", None, None, 0)

    async def suppress(self, digest: Digest, address: str, reason: str) -> None:
        """No mail to this guardian at this address for a while."""
        await self._queries.suppress(
            self._database.pool,
            **digest.key,
            address_sha256=address_hash(address),
            reason=reason,
        )

    async def give_up_on_lost_senders(self) -> int:
        """How many mails of senders that are gone are `unknown` now."""
        async with self._database.transaction() as connection:
            rows = self._queries.give_up_on_lost_senders(connection, reason=SENDER_GONE)
            lost = [Addressee(**row) async for row in rows]
            await queue(connection, *self._outcomes.tell(lost, "unknown", SENDER_GONE))
        self._relay.wake()
        return len(lost)

    async def forget_links(self) -> None:
        """The links of mails that were accepted so long ago that none of them comes back any more."""
        await self._queries.forget_links(self._database.pool, after=self._comes_back_within)

    async def _settle(
        self,
        digest: Digest,
        mails: Sequence[Mail],
        state: DeliveryState,
        reason: str | None,
        after: timedelta | None,
        attempts: int,
    ) -> None:
        said = messages([digest.addressee(mail) for mail in mails], state, reason)
        rows = self._queries.settle(
            self._database.pool,
            **digest.key,
            mail_ids=_ids(mails),
            state=state,
            reason=reason,
            keeps_link=state != "cancelled" and (state != "accepted" or self._comes_back_within > timedelta(0)),
            claimed_until=digest.claimed_until,
            after=after,
            attempts=attempts,
            said_of=_ids(mails)[: len(said)],
            subjects=[envelope.subject for envelope in said],
            headers=[json.dumps(envelope.headers) for envelope in said],
            bodies=[envelope.body for envelope in said],
        )
        # The relay is not woken: what it finds when it looks by itself, it tells together.
        self._outcomes.count(len([row async for row in rows]), state)


def _ids(mails: Sequence[Mail]) -> list[int]:
    return [mail.mail_id for mail in mails]
