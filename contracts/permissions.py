"""Who may say and hear what on the broker, derived from the tables of messages, queries and durables.

Each service has a user of its own name; the school's own systems and staff screens have another.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.catalogue import MESSAGES, QUERIES, SCHOOL
from contracts.topology import DURABLES, EVENTS

SERVICES = ("progression", "rendering", "notification", "portal", "staff")

PROVISIONER = "progression"
"""The one service that may create streams and durables."""


@dataclass(frozen=True, slots=True)
class Permissions:
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def of_service(service: str) -> Permissions:
    """A service publishes what the tables say it does, pulls from its own durables, and answers its own queries."""
    said = [f"{message.stem}.*" for message in MESSAGES if service in message.producers]
    asked = [f"{query.stem}.*" for query in QUERIES if service in query.askers]
    pulled = [
        subject
        for durable in DURABLES
        if durable.service == service
        for subject in (
            f"$JS.API.CONSUMER.INFO.{durable.stream}.{durable.name}",
            f"$JS.API.CONSUMER.MSG.NEXT.{durable.stream}.{durable.name}",
            f"$JS.ACK.{durable.stream}.{durable.name}.>",
        )
    ]
    provisioning = _operations() if service == PROVISIONER else []
    publish = (*said, *asked, *pulled, *provisioning, f"dead.{service}.>")
    return Permissions(
        publish=tuple(dict.fromkeys(publish)),
        subscribe=(f"_INBOX_{service}.>", *(f"{query.stem}.*" for query in QUERIES if query.service == service)),
    )


def _operations() -> list[str]:
    """Whoever keeps the streams there also sends dead letters again, whosever they were, and asks how all are."""
    said = [f"{message.stem}.*" for message in MESSAGES]
    asked = [f"{query.stem}.*" for query in QUERIES]
    return ["$JS.API.>", *said, *asked]


def of_school(school_id: str) -> Permissions:
    """The school's own systems command and ask for their school alone, and read `EVENTS`."""
    said = [message.subject(school_id) for message in MESSAGES if SCHOOL in message.producers]
    asked = [query.subject(school_id) for query in QUERIES if SCHOOL in query.askers]
    read = [
        "$JS.API.INFO",
        "$JS.API.STREAM.NAMES",
        f"$JS.API.STREAM.INFO.{EVENTS.name}",
        f"$JS.API.CONSUMER.*.{EVENTS.name}",
        f"$JS.API.CONSUMER.*.{EVENTS.name}.>",
        f"$JS.API.CONSUMER.DURABLE.CREATE.{EVENTS.name}.*",
        f"$JS.API.CONSUMER.MSG.NEXT.{EVENTS.name}.*",
        f"$JS.ACK.{EVENTS.name}.>",
    ]
    return Permissions(publish=(*said, *asked, *read), subscribe=("_INBOX.>", *EVENTS.subjects))
