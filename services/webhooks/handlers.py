"""Public events into the ledger, and out of it again when a child is erased."""

from __future__ import annotations

from collections.abc import Callable

from contracts.catalogue import PUBLIC_EVENTS
from contracts.envelope import id_from
from contracts.erasure import Erased, WebhooksErased
from services.kit.delivery import Incoming
from services.kit.holdings import confirmation, forget
from services.kit.outbox import Relay, queue
from services.kit.postgres import Database
from services.webhooks.domain import TYPES, Event
from services.webhooks.holdings import HOLDINGS
from services.webhooks.store import About, Store

SOURCE = "/laurel/webhooks"
HEARD = {message.stem: message for message in PUBLIC_EVENTS if f"{message.area}.{message.name}" in TYPES}


class Handlers:
    def __init__(self, database: Database, store: Store, relay: Relay, wake: Callable[[], None]) -> None:
        self._database = database
        self._store = store
        self._relay = relay
        self._wake = wake

    async def heard(self, incoming: Incoming) -> None:
        """A later version's is not for here."""
        message = HEARD.get(incoming.stem)
        if message is None:
            return
        body = incoming.read(message.body)
        if isinstance(body, Erased):
            await self._erase(incoming, body)
        event = Event(
            id=_sendable(incoming),
            type=f"{message.area}.{message.name}",
            source=incoming.headers.get("ce-source") or "/laurel/progression",
            time=incoming.headers.get("ce-time") or incoming.kept_at.isoformat(),
            school_id=incoming.school_id,
            data=incoming.body,
        )
        # An erasure's own event is no holding: it is what the other systems are to act on, and forgotten once said.
        about = About() if isinstance(body, Erased) else _about(body)
        await self._store.keep(event, incoming.kept_at, about)
        self._wake()

    async def _erase(self, incoming: Incoming, event: Erased) -> None:
        async with self._database.transaction() as connection:
            removed = await forget(connection, incoming.school_id, HOLDINGS, event)
            confirmed = WebhooksErased(erasure_id=event.erasure_id, round=event.round, removed=removed)
            await queue(connection, confirmation(confirmed, incoming, SOURCE))
        self._relay.wake()


def _sendable(incoming: Incoming) -> str:
    """The event's id; where no header could carry that, one that is made of it: the same every time."""
    if incoming.id.isascii() and " " not in incoming.id:
        return incoming.id
    return id_from("webhook", incoming.school_id, incoming.id)


def _about(body: object) -> About:
    return About(getattr(body, "certificate_id", None), getattr(body, "student_id", None))
