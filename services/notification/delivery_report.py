"""What a mail that came back says of itself (RFC 3464). Pure: bytes in, a judgement out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

from services.notification.mime import one_line
from services.notification.replies import STATUS, blames_address

DELIVERY_STATUS = "message/delivery-status"
ADDRESSED = ("X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "To")
"""Where mail servers note whom a mail came to. What it quotes in its body counts for nothing."""
SMTP_ANSWER = re.compile(r"\s*smtp\s*;\s*(?:(\d{3})[ -])?(.*)", re.IGNORECASE | re.DOTALL)


class Unreadable(Exception):
    """It says that it is a delivery report, and cannot be read as one; the text says why."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The mail did not arrive, and will not."""

    reason: str
    blames_address: bool


@dataclass(frozen=True, slots=True)
class Returned:
    """A mail that came to an address for bounces. Without a `failure` it changes nothing: a delay, an absence."""

    addressed_to: tuple[str, ...]
    message: Message

    @property
    def is_report(self) -> bool:
        """Unreadable where it says so, and is none."""
        with _taken_apart():
            return _status_part(self.message) is not None

    def failure(self) -> Failure | None:
        """Unreadable where it is a delivery report that is not as it should be."""
        with _taken_apart():
            failures = (_failure(recipient) for recipient in _recipients(self.message))
            return next((failure for failure in failures if failure is not None), None)


def returned(content: bytes) -> Returned:
    """A whole mail, or a delivery status alone if it begins with that content type. Unreadable only for a trap."""
    with _taken_apart():
        message = message_from_bytes(content)
        return Returned(tuple(str(value) for name in ADDRESSED for value in message.get_all(name, ())), message)


@contextmanager
def _taken_apart() -> Iterator[None]:
    """Whatever anybody sends is taken apart here, and Python's parser has stumbled before."""
    try:
        yield
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        raise Unreadable(f"It cannot be taken apart ({type(error).__name__}).") from error


def _recipients(message: Message) -> Iterator[Message]:
    """What it says of each recipient; nothing where it is no delivery report."""
    status = _status_part(message)
    if status is None:
        return
    blocks = status.get_payload()
    if not isinstance(blocks, list):
        raise Unreadable("Its delivery status cannot be taken apart.")
    found = [block for block in blocks if isinstance(block, Message) and "Action" in block]
    if not found:
        raise Unreadable("Its delivery status names no action.")
    yield from found


def _status_part(message: Message) -> Message | None:
    if message.get_content_type() == DELIVERY_STATUS:
        return message
    if message.get_content_type() != "multipart/report":
        return None
    kind = message.get_param("report-type", "delivery-status")
    if str(kind).lower() != "delivery-status":
        return None
    parts = message.get_payload()
    # Only its own: what it returns may be a delivery report itself.
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, Message) and part.get_content_type() == DELIVERY_STATUS:
            return part
    raise Unreadable("It says that it is a delivery report, and holds no delivery status.")


def _failure(recipient: Message) -> Failure | None:
    action, status = _field(recipient, "Action"), _field(recipient, "Status")
    if action.split("(")[0].strip().lower() != "failed":
        return None
    if STATUS.match(status) is None:
        raise Unreadable("Its delivery status has no status code.")
    code, text = _answer(_field(recipient, "Diagnostic-Code"))
    about = text if STATUS.match(text) else status
    said = " ".join(filter(None, (str(code) if code else "", text))) or status
    # A server that gave up trying (4.x) says nothing against the address.
    return Failure(f"The mail came back: {said}"[:500], status.startswith("5") and blames_address(code, about))


def _answer(diagnostic: str) -> tuple[int | None, str]:
    """`smtp; 550 5.1.1 No such user` as code and text."""
    found = SMTP_ANSWER.match(diagnostic)
    if found is None:
        return None, ""
    return int(found[1]) if found[1] else None, found[2]


def _field(block: Message, name: str) -> str:
    return one_line(str(block.get(name, "")))
