"""A message as it arrives, and which faults of handling it pass by themselves. What follows is in `settling`."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, TypeVar

import asyncpg
import nats.errors
from nats.aio.msg import Msg
from obstore.exceptions import BaseError as ArtefactStoreError
from pydantic import ValidationError

from contracts.base import GIVEN_ID_PATTERN, Body
from contracts.catalogue import school_of, stem_of
from contracts.envelope import identity_of

Model = TypeVar("Model", bound=Body)

ATTEMPTS = 5
"""How often a message is tried that fails for a reason which is not known to pass by itself."""

LONGEST_DELAY_S = 30.0

UNSAYABLE = (nats.errors.BadHeaderError, nats.errors.BadSubjectError, nats.errors.MaxPayloadError)
"""The broker is not at fault: it will never take what it was told."""


class Permanent(Exception):
    """Trying again cannot help: the message goes to the dead letters, with this reason."""


class Transient(Exception):
    """Something that this message needs is not there yet; it will be."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as it arrived."""

    subject: str
    headers: Mapping[str, str]
    body: bytes
    stream: str
    sequence: int
    kept_at: datetime
    """When the stream took it in."""
    deliveries: int = 1

    @classmethod
    def of(cls, message: Msg) -> Incoming:
        where = message.metadata
        return cls(
            subject=message.subject,
            headers=message.headers or {},
            body=message.data,
            stream=where.stream,
            sequence=where.sequence.stream,
            kept_at=where.timestamp,
            deliveries=where.num_delivered or 1,
        )

    @property
    def school_id(self) -> str:
        """Permanent where the subject names none."""
        school_id = school_of(self.subject)
        if not is_school_id(school_id):
            raise Permanent("its subject does not end in a school's id")
        return school_id

    @property
    def stem(self) -> str:
        return stem_of(self.subject)

    @property
    def id(self) -> str:
        """The message's identity; a bare publisher's message without one is known by its place in the stream."""
        return identity_of(self.headers, otherwise=f"{self.stream}-{self.sequence}")

    def read(self, model: type[Model]) -> Model:
        """The body; Permanent where it cannot be read, in words that repeat nothing of it."""
        try:
            return model.model_validate_json(self.body)
        except ValidationError as error:
            # The cause would carry the body's values, a name or a family's link, into the log.
            raise Permanent(f"cannot be read: {where_it_fails(error)}") from None


Handler: TypeAlias = Callable[[Incoming], Awaitable[None]]


def where_it_fails(error: ValidationError) -> str:
    """The first mistake of a body, in words that repeat no value of it."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(step) for step in first["loc"]) or "the body"
    return f"{where}: {first['msg']}"


def is_school_id(text: str) -> bool:
    return re.fullmatch(GIVEN_ID_PATTERN, text) is not None


def passes_by_itself(error: BaseException) -> bool:
    """Postgres, the broker or the artefact store is away, busy or slow: waiting is the cure."""
    return not isinstance(error, UNSAYABLE) and isinstance(
        error,
        (
            OSError,
            TimeoutError,
            nats.errors.Error,
            ArtefactStoreError,
            asyncpg.PostgresConnectionError,
            asyncpg.CannotConnectNowError,
            asyncpg.AdminShutdownError,
            asyncpg.CrashShutdownError,
            asyncpg.TooManyConnectionsError,
            asyncpg.DeadlockDetectedError,
            asyncpg.SerializationError,
            asyncpg.InterfaceError,
            Transient,
        ),
    )


def delay_before(delivery: int) -> float:
    """Seconds to wait before the delivery after this one: 0.5, 1, 2, 4 … 30."""
    return min(LONGEST_DELAY_S, 0.5 * 2.0 ** min(delivery - 1, 10))
