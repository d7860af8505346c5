"""The messages that no retry cured: looked at, sent again, dropped."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from contracts.catalogue import school_of
from contracts.envelope import MESSAGE_ID, Envelope, id_from, identity_of
from contracts.topology import DEAD_LETTERS
from services.kit.delivery import Incoming

OF_ANY_SCHOOL = "dead.>"
LAST_LETTER_ID = 2**63 - 1

PLAIN_SUBJECT = re.compile(r"[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64}){1,7}")
PLAIN_NAME = re.compile(r"(?!nats-|laurel-)[a-z0-9_-]{1,64}", re.IGNORECASE)
MOST_HEADERS = 50
LONGEST_HEADER = 1000
ROOM_TO_SPARE = 500
"""Bytes of the headers that are added when it is published."""


class NoSuchLetter(Exception):
    """There is no dead letter of this number; it may have been sent again or dropped meanwhile."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    letter_id: int
    """Its place in the stream."""
    subject: str
    """Where it was on its way to."""
    durable: str
    reason: str
    since: datetime
    headers: Mapping[str, str]
    body: bytes

    @property
    def school_id(self) -> str:
        return school_of(self.subject)

    def once_more(self, body: bytes | None = None) -> Envelope:
        """The message as it was (or with a mended body), to be published again.

        A command gets an identity of its own, since the first was claimed. An event keeps its own,
        so that those who have handled it know it again.
        """
        headers = {name: value for name, value in self.headers.items() if not name.startswith("Laurel-")}
        again = id_from("once-more", self.letter_id, self.since.isoformat())
        headers[MESSAGE_ID] = again
        if ".cmd." in self.subject:
            headers["ce-id"] = again
        return Envelope(self.subject, headers, self.body if body is None else body)


def dead_letter(incoming: Incoming, service: str, durable: str, reason: str, max_payload: int) -> Envelope:
    """The message as it came, with where it failed and why, so that it can be sent again."""
    place = f"{incoming.stream}-{incoming.sequence}-{incoming.kept_at.timestamp():.6f}"
    headers = {
        **_kept_headers(incoming.headers),
        MESSAGE_ID: f"dead-{durable}-{place}",
        "Laurel-Durable": durable,
        "Laurel-Subject": incoming.subject,
        "Laurel-Reason": reason,
        "Laurel-Message-Id": identity_of(incoming.headers, otherwise=place),
    }
    # With its reason it is longer than it came: what the broker would not take again is cut.
    room = max_payload - sum(len(f"{name}: {value}\r\n".encode()) for name, value in headers.items()) - ROOM_TO_SPARE
    if len(incoming.body) > room:
        headers["Laurel-Cut"] = f"{len(incoming.body)} bytes"
    return Envelope(f"dead.{service}.{_plain(incoming.subject)}", headers, incoming.body[:room])


def _kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Without orders to the broker, which were for one publish, and without what no client may say or nobody reads."""
    plain = (
        (name, value) for name, value in headers.items() if PLAIN_NAME.fullmatch(name) and len(value) <= LONGEST_HEADER
    )
    return dict(islice(plain, MOST_HEADERS))


def _plain(subject: str) -> str:
    """The subject, if one made of it would be no longer than the broker takes, and no pattern."""
    return subject if PLAIN_SUBJECT.fullmatch(subject) else "strange"


class DeadLetters:
    def __init__(self, jetstream: JetStreamContext) -> None:
        self._jetstream = jetstream

    async def all(self, school_id: str | None = None) -> AsyncIterator[DeadLetter]:
        """Oldest first; of one school or of all."""
        subject, seq = _subject(school_id), 0
        while True:
            try:
                found = await self._jetstream.get_msg(DEAD_LETTERS.name, seq=seq + 1, subject=subject, next=True)
            except NotFoundError:
                return
            assert found.seq is not None
            seq = found.seq
            yield _letter(seq, found)

    async def count(self, school_id: str | None = None) -> int:
        info = await self._jetstream.stream_info(DEAD_LETTERS.name, subjects_filter=_subject(school_id))
        return sum((info.state.subjects or {}).values())

    async def get(self, letter_id: int) -> DeadLetter:
        """NoSuchLetter where there is none."""
        if letter_id > LAST_LETTER_ID:
            raise NoSuchLetter(f"There is no dead letter {letter_id}.")
        try:
            found = await self._jetstream.get_msg(DEAD_LETTERS.name, seq=letter_id)
        except NotFoundError as error:
            raise NoSuchLetter(f"There is no dead letter {letter_id}.") from error
        return _letter(letter_id, found)

    async def drop(self, letter_id: int) -> None:
        """NoSuchLetter where there is none."""
        await self.get(letter_id)
        await self._jetstream.delete_msg(DEAD_LETTERS.name, letter_id)


def _subject(school_id: str | None) -> str:
    # dead.<service>.<area>.<kind>.<name>.<version>.<school>
    return OF_ANY_SCHOOL if school_id is None else f"dead.*.*.*.*.*.{school_id}"


def _letter(letter_id: int, found: RawStreamMsg) -> DeadLetter:
    # nats-py makes an object of a value that is not ASCII.
    headers = {name: str(value) for name, value in (found.headers or {}).items()}
    assert found.time is not None
    return DeadLetter(
        letter_id=letter_id,
        subject=headers.get("Laurel-Subject") or (found.subject or "").split(".", 2)[-1],
        durable=headers.get("Laurel-Durable", ""),
        reason=headers.get("Laurel-Reason", ""),
        since=found.time,
        headers=headers,
        body=found.data or b"",
    )
