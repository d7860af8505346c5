"""The messages that no retry cured: looked at, sent again, dropped."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from contracts.catalogue import school_of
from contracts.envelope import MESSAGE_ID, Envelope, id_from
from contracts.topology import DEAD_LETTERS

OF_ANY_SCHOOL = "dead.>"


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
    headers = found.headers or {}
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
