"""Events that are kept, deliveries that are owed, and how each endpoint fares."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.kit.postgres import Connection, Database, load_queries
from services.webhooks.domain import Event, arrived, delay_after, is_gone


@dataclass(frozen=True, slots=True)
class Due:
    """One event on its way to one endpoint."""

    endpoint_id: str
    event: Event
    attempts: int
    """This one included."""
    url: str
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a try. `status`: of the answer, where there was one; `error`: why it does not count."""

    status: int | None = None
    error: str | None = None

    @property
    def arrived(self) -> bool:
        return self.error is None and arrived(self.status)


@dataclass(frozen=True, slots=True)
class About:
    """The child that an event is about, as far as its body says."""

    certificate_id: str | None = None
    student_id: str | None = None


class Store:
    def __init__(
        self, database: Database, *, delay_scale: float, patience: timedelta, keep: timedelta, lease: timedelta
    ) -> None:
        """`patience`: an endpoint at which nothing arrives for longer is disabled.

        `lease`: longer than any try may take. What a killed process had in hand is taken up again after it.
        """
        self.lease = lease
        self._database = database
        self._delay_scale = delay_scale
        self._patience = patience
        self._keep = keep
        self._queries = load_queries("services.webhooks")

    async def keep(self, event: Event, at: datetime, about: About) -> None:
        """Once, and one delivery for each endpoint that wants it."""
        async with self._database.transaction() as connection:
            if await add_event(self._queries, connection, event, at, about):
                await self._queries.queue_for_subscribers(
                    connection, school_id=event.school_id, event_id=event.id, type=event.type
                )
                await self._queries.forget_body(connection, school_id=event.school_id, event_id=event.id)

    async def claim(self, full: Collection[str], room: int) -> list[Due]:
        """What is due, for this process alone until its lease is over: at most one for each endpoint."""
        rows = self._queries.claim(self._database.pool, full=list(full), room=room, lease=self.lease)
        return [
            Due(
                endpoint_id=row["endpoint_id"],
                event=Event(
                    row["event_id"], row["type"], row["source"], row["time"], row["school_id"], row["body"] or b"null"
                ),
                attempts=row["attempts"],
                url=row["url"],
                secrets=tuple(secret for secret in (row["secret"], row["former_secret"]) if secret),
            )
            async for row in rows
        ]

    async def settle(self, due: Due, outcome: Outcome) -> str:
        """The delivery's state from now on."""
        gone = is_gone(outcome.status)
        wait = timedelta(0) if gone else delay_after(due.attempts, self._delay_scale)
        state = "delivered" if outcome.arrived else "pending" if wait is not None else "failed"
        endpoint = {"school_id": due.event.school_id, "endpoint_id": due.endpoint_id}
        async with self._database.transaction() as connection:
            await self._queries.settle(
                connection,
                **endpoint,
                event_id=due.event.id,
                attempts=due.attempts,
                state=state,
                status=outcome.status,
                error=outcome.error,
                wait=wait or timedelta(0),
            )
            if outcome.arrived:
                await self._queries.endpoint_works(connection, **endpoint)
            else:
                await self._queries.endpoint_fails(connection, **endpoint, gone=gone, patience=self._patience)
            await self._queries.forget_body(connection, school_id=due.event.school_id, event_id=due.event.id)
        return state

    async def waiting(self) -> int:
        return int(await self._queries.waiting(self._database.pool))

    async def forget_old_events(self) -> None:
        await self._queries.forget_old_events(self._database.pool, keep=self._keep)


async def add_event(queries: object, connection: Connection, event: Event, at: datetime, about: About) -> bool:
    """Whether it was not there yet, is of a school with an endpoint, and of no erased child."""
    added = await queries.add_event(  # type: ignore[attr-defined]
        connection,
        school_id=event.school_id,
        event_id=event.id,
        type=event.type,
        source=event.source,
        time=event.time,
        happened_at=at,
        body=event.data,
        certificate_id=about.certificate_id,
        student_id=about.student_id,
    )
    return added is not None
