"""CloudEvents 1.0 in NATS binary mode: the body is the JSON data, the rest travels in headers.

See the CloudEvents specification and its NATS protocol binding.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid5, uuid7

from contracts.base import Body
from contracts.catalogue import TYPE_OF

_NAMESPACE = UUID("6c617572-656c-5000-8000-000000000000")
MESSAGE_ID = "Nats-Msg-Id"
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})")
_ID = re.compile(r"[^\x00-\x1f\x7f]{1,256}")
"""What a message's id may be: what everybody can keep, compare and say in a line."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message ready to be published."""

    subject: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["ce-id"]


def new_id() -> str:
    """A fresh UUID whose order is the order of minting (version 7)."""
    return str(uuid7())


def id_from(*parts: object) -> str:
    """The same UUID for the same parts, in every process: what makes a repeated message one message."""
    return str(uuid5(_NAMESPACE, "\x1f".join(str(part) for part in parts)))


def new_traceparent() -> str:
    """The head of a new W3C trace."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def known_or_new(traceparent: str | None) -> str:
    """The trace as it is told, or a new one where that is none."""
    return traceparent if traceparent and _TRACEPARENT.fullmatch(traceparent) else new_traceparent()


def continued(traceparent: str | None) -> str:
    """The same trace with a new parent span, or a new trace where there is none to continue."""
    known = _TRACEPARENT.fullmatch(traceparent or "")
    if known is None:
        return new_traceparent()
    return f"00-{known[1]}-{secrets.token_hex(8)}-{known[2]}"


def wrap(
    body: Body,
    school_id: str,
    *,
    source: str,
    message_id: str | None = None,
    traceparent: str | None = None,
    now: datetime | None = None,
) -> Envelope:
    """The body as a message on its subject. `source` is who says it (`/laurel/progression`)."""
    message = TYPE_OF[type(body)]
    identity = message_id or new_id()
    return Envelope(
        subject=message.subject(school_id),
        headers={
            "ce-specversion": "1.0",
            "ce-id": identity,
            "ce-source": source,
            "ce-type": message.type,
            "ce-time": (now or datetime.now(UTC)).isoformat().replace("+00:00", "Z"),
            "content-type": "application/json",
            "traceparent": known_or_new(traceparent),
            MESSAGE_ID: identity,
        },
        body=body.json_bytes(),
    )


def identity_of(headers: Mapping[str, str], *, otherwise: str) -> str:
    """A message's `ce-id`; without one its `Nats-Msg-Id`; without either, or with one that is no id, `otherwise`."""
    given = _given_id(headers)
    return given if _ID.fullmatch(given) else otherwise


def has_strange_id(headers: Mapping[str, str]) -> bool:
    """It was given an id that nobody can keep: endless, or with control characters."""
    given = _given_id(headers)
    return bool(given) and not _ID.fullmatch(given)


def _given_id(headers: Mapping[str, str]) -> str:
    return headers.get("ce-id") or headers.get(MESSAGE_ID) or ""
