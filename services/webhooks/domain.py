"""When it is tried again, what is signed and how. Standard Webhooks: https://www.standardwebhooks.com"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from contracts.catalogue import PUBLIC_EVENTS

MINUTE, HOUR = 60.0, 3600.0
DELAYS_S = (5.0, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
"""After the first try, the second…: ten tries within a little over three days."""
JITTER = 0.2
PREFIX = "whsec_"
TEST = "webhooks.test"
"""The type of what staff send to see whether it arrives."""

TYPES = tuple(f"{message.area}.{message.name}" for message in PUBLIC_EVENTS if message.area != "commands")
"""Refusals are for whoever commanded, and that is over NATS."""


@dataclass(frozen=True, slots=True)
class Event:
    """A public event as it is sent."""

    id: str
    type: str
    """`certificates.issued`."""
    source: str
    time: str
    school_id: str
    data: bytes
    """JSON."""

    def body(self) -> bytes:
        """A CloudEvent in structured JSON mode: every time the same bytes."""
        event = {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": f"school.laurel.{self.type}.v1",
            "time": self.time,
            "datacontenttype": "application/json",
            "school": self.school_id,
            "data": json.loads(self.data),
        }
        return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signed(message_id: str, at: datetime, body: bytes, keys: Iterable[str]) -> dict[str, str]:
    """The headers by which a receiver knows that it is from here: one signature for each secret that counts."""
    timestamp = int(at.timestamp())
    content = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{_signature(secret, content)}" for secret in keys),
    }


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def delay_after(attempts: int, scale: float = 1.0) -> timedelta | None:
    """How long to wait after so many tries; None: it was the last."""
    if attempts > len(DELAYS_S):
        return None
    spread = 1 + JITTER * (2 * random.random() - 1)  # noqa: S311 - so that not all come back at once
    return timedelta(seconds=DELAYS_S[attempts - 1] * scale * spread)


def arrived(status: int | None) -> bool:
    return status is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def is_gone(status: int | None) -> bool:
    """The receiver wants nothing any more."""
    return status == HTTPStatus.GONE
