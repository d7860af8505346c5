"""A child is erased: no mail of theirs waits, and nothing of theirs is kept."""

from __future__ import annotations

from contracts.catalogue import TYPE_OF
from contracts.erasure import Erased, NotificationErased
from services.kit.delivery import Incoming
from services.kit.holdings import confirmation, forget
from services.kit.outbox import Relay, queue
from services.kit.postgres import Database, load_queries
from services.notification.holdings import HOLDINGS
from services.notification.outcomes import SOURCE


class Erasing:
    def __init__(self, database: Database, relay: Relay) -> None:
        self._database = database
        self._relay = relay
        self._queries = load_queries("services.notification")

    async def erased(self, incoming: Incoming) -> None:
        """Each time it is said, it is confirmed. A later version's event is not for here."""
        if incoming.stem != TYPE_OF[Erased].stem:
            return
        event = incoming.read(Erased)
        async with self._database.transaction() as connection:
            digests = self._queries.digests_of(
                connection, school_id=incoming.school_id, certificate_ids=list(event.certificate_ids)
            )
            theirs = [(row["guardian_id"], row["digest_key"]) async for row in digests]
            removed = await forget(connection, incoming.school_id, HOLDINGS, event)
            await self._queries.drop_empty_digests(
                connection,
                school_id=incoming.school_id,
                guardian_ids=[guardian_id for guardian_id, _ in theirs],
                digest_keys=[digest_key for _, digest_key in theirs],
            )
            confirmed = NotificationErased(erasure_id=event.erasure_id, round=event.round, removed=removed)
            await queue(connection, confirmation(confirmed, incoming, SOURCE))
        self._relay.wake()
