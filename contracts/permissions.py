"""Who may say and hear what on the broker, derived from the tables of messages, queries and durables.

Each service has a user of its own name, and so have the own systems and staff screens of each school.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts.catalogue import MESSAGES, QUERIES, SCHOOL
from contracts.topology import DURABLES, READERS, Durable, readers_of

SERVICES = ("progression", "rendering", "notification", "portal", "staff", "webhooks")

PROVISIONER = "progression"
"""The one service that may create streams and durables."""


@dataclass(frozen=True, slots=True)
class Permissions:
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    answers: bool
    """Whether it may answer who asks. Of who does not answer, nobody takes an answer: events carry their sender's
    address, and a false acknowledgement sent there would be believed."""


def inbox_of(user: str, school_id: str | None = None) -> str:
    """Where a user's answers come in (`inbox_prefix` of the NATS clients): each has its own, and reads no other's."""
    return f"_INBOX_{user}" if school_id is None else f"_INBOX_{user}_{school_id}"


def of_service(service: str) -> Permissions:
    """A service publishes what the tables say it does, pulls from its own durables, and answers its own queries."""
    said = [f"{message.stem}.*" for message in MESSAGES if service in message.producers]
    asked = [f"{query.stem}.*" for query in QUERIES if service in query.askers]
    pulled = _pulling(durable for durable in DURABLES if durable.service == service)
    provisioning = _operations() if service == PROVISIONER else []
    answered = [f"{query.stem}.*" for query in QUERIES if query.service == service]
    publish = (*said, *asked, *pulled, *provisioning, f"dead.{service}.>")
    return Permissions(
        publish=tuple(dict.fromkeys(publish)),
        subscribe=(f"{inbox_of(service)}.>", *answered),
        answers=bool(answered),
    )


def _pulling(durables: Iterable[Durable]) -> list[str]:
    return [
        subject
        for durable in durables
        for subject in (
            f"$JS.API.CONSUMER.INFO.{durable.stream}.{durable.name}",
            f"$JS.API.CONSUMER.MSG.NEXT.{durable.stream}.{durable.name}",
            f"$JS.ACK.{durable.stream}.{durable.name}.>",
        )
    ]


def _operations() -> list[str]:
    """Whoever keeps the streams there also sends dead letters again, whosever they were, and asks how all are."""
    said = [f"{message.stem}.*" for message in MESSAGES]
    asked = [f"{query.stem}.*" for query in QUERIES]
    return ["$JS.API.>", *said, *asked]


def of_school(school_id: str, readers: Sequence[str] = READERS) -> Permissions:
    """The own systems of a school command and ask for it alone, and hear its events as they come, or by a reader."""
    said = [message.subject(school_id) for message in MESSAGES if SCHOOL in message.producers]
    asked = [query.subject(school_id) for query in QUERIES if SCHOOL in query.askers]
    durables = readers_of(school_id, readers)
    heard = dict.fromkeys(subject for durable in durables for subject in durable.subjects)
    return Permissions(
        publish=(*said, *asked, *_pulling(durables)),
        subscribe=(f"{inbox_of(SCHOOL, school_id)}.>", *heard),
        answers=False,
    )
