"""The endpoints as staff see and change them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import asyncpg

from contracts.envelope import new_id
from contracts.queries import Everything
from contracts.webhook_queries import (
    ActOnEndpoint,
    AskEndpoint,
    Delivery,
    Endpoint,
    EndpointChanged,
    EndpointPage,
    Endpoints,
    PutEndpoint,
)
from services.kit.broker import QueryRefused
from services.kit.postgres import Connection, Database, load_queries
from services.kit.telemetry import get_logger
from services.webhooks.domain import TEST, TYPES, Event, new_secret
from services.webhooks.handlers import SOURCE
from services.webhooks.sender import Sender
from services.webhooks.store import About, Store, add_event
from services.webhooks.targets import Forbidden, Targets


class EndpointAnswers:
    def __init__(self, database: Database, targets: Targets, store: Store, sender: Sender) -> None:
        self._store = store
        self._database = database
        self._targets = targets
        self._sender = sender
        self._queries = load_queries("services.webhooks")

    async def endpoints(self, school_id: str, _: Everything) -> Endpoints:
        rows = self._queries.endpoints(self._database.pool, school_id=school_id, endpoint_id=None)
        return Endpoints(endpoints=tuple([_endpoint(row) async for row in rows]), types=TYPES)

    async def endpoint(self, school_id: str, asked: AskEndpoint) -> EndpointPage:
        async with self._database.transaction() as connection:
            endpoint = await self._found(connection, school_id, asked.endpoint_id)
            rows = self._queries.deliveries(connection, school_id=school_id, endpoint_id=asked.endpoint_id)
            return EndpointPage(
                endpoint=endpoint, deliveries=tuple([_delivery(row) async for row in rows]), types=TYPES
            )

    async def put(self, school_id: str, asked: PutEndpoint) -> EndpointChanged:
        """QueryRefused with `unusable_url` or `unknown_type`."""
        try:
            self._targets.read(asked.url)
        except Forbidden as error:
            raise QueryRefused("unusable_url", str(error)) from None
        if unknown := set(asked.types) - set(TYPES):
            raise QueryRefused("unknown_type", f"There are no events called {', '.join(sorted(unknown))}.")
        secret = new_secret()
        async with self._database.transaction() as connection:
            is_new = await self._queries.put_endpoint(
                connection,
                school_id=school_id,
                endpoint_id=asked.endpoint_id,
                url=asked.url,
                description=asked.description,
                types=list(dict.fromkeys(asked.types)),
                secret=secret,
                changed_by=asked.requested_by,
            )
            endpoint = await self._found(connection, school_id, asked.endpoint_id)
        get_logger().info("webhook_put", endpoint_id=asked.endpoint_id, new=is_new)
        return EndpointChanged(endpoint=endpoint, secret=secret if is_new else None)

    async def act(self, school_id: str, asked: ActOnEndpoint) -> EndpointChanged:
        """QueryRefused with `not_found`, or `unusable` where it cannot be done."""
        key = {"school_id": school_id, "endpoint_id": asked.endpoint_id}
        by = asked.requested_by
        secret, queued = None, 0
        async with self._database.transaction() as connection:
            await self._found(connection, school_id, asked.endpoint_id)
            if asked.act == "enable":
                await self._queries.enable(connection, **key, changed_by=by)
                await self._queries.make_due(connection, **key, lease=self._store.lease)
            elif asked.act == "disable":
                await self._queries.disable(connection, **key, because=f"{by} has disabled it.", changed_by=by)
            elif asked.act == "rotate":
                secret = new_secret()
                await self._queries.rotate(connection, **key, secret=secret, changed_by=by)
            elif asked.act == "test":
                queued = await self._test(connection, key)
            else:
                if asked.since is None:
                    raise QueryRefused("unusable", "Say from when on.")
                queued = _count(await self._queries.queue_again(connection, **key, since=asked.since))
            endpoint = await self._found(connection, school_id, asked.endpoint_id)
        get_logger().info("webhook_acted_on", endpoint_id=asked.endpoint_id, act=asked.act, queued=queued)
        self._sender.wake()
        return EndpointChanged(endpoint=endpoint, secret=secret, queued=queued)

    async def _test(self, connection: Connection, key: dict[str, str]) -> int:
        now = datetime.now(UTC)
        event = Event(new_id(), TEST, SOURCE, now.isoformat().replace("+00:00", "Z"), key["school_id"], b"{}")
        await add_event(self._queries, connection, event, now, About())
        return _count(await self._queries.queue_for_one(connection, **key, event_id=event.id))

    async def _found(self, connection: Connection, school_id: str, endpoint_id: str) -> Endpoint:
        async for row in self._queries.endpoints(connection, school_id=school_id, endpoint_id=endpoint_id):
            return _endpoint(row)
        raise QueryRefused("not_found", "There is no such webhook.")


def _count(done: Any) -> int:
    return int(str(done).rpartition(" ")[2])


def _endpoint(row: asyncpg.Record) -> Endpoint:
    state = "disabled" if not row["enabled"] else "failing" if row["failing_since"] else "active"
    fields = ("endpoint_id", "url", "description", "failing_since", "disabled_because", "pending", "delivered_at")
    return Endpoint.model_validate(
        {**{name: row[name] for name in fields}, "types": tuple(row["types"]), "state": state}
    )


def _delivery(row: asyncpg.Record) -> Delivery:
    waits = row["state"] == "pending"
    fields = ("event_id", "type", "state", "attempts", "status", "error")
    return Delivery.model_validate(
        {
            **{name: row[name] for name in fields},
            "at": row["happened_at"],
            "next_at": row["next_at"] if waits else None,
        }
    )
