"""What is in hand: its transaction, its school, the moment, and what will be said when it commits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contracts.base import Body
from contracts.envelope import Envelope, id_from, wrap
from services.kit.dead_letters import DeadLetters
from services.kit.postgres import Connection
from services.kit.telemetry import current_traceparent
from services.progression.domain import School

SOURCE = "/laurel/progression"


@dataclass(slots=True)
class Work:
    connection: Connection
    school: School
    now: datetime
    portal_url: str
    letters: DeadLetters
    said: list[Envelope] = field(default_factory=list)
    afterwards: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What is done when the transaction has committed. It may be lost: nothing may depend on it."""
    traces: Mapping[str, str] = field(default_factory=dict)
    """Where many commands are acted on together: each student's `traceparent`."""

    @property
    def school_id(self) -> str:
        return self.school.school_id

    def say(self, body: Body, *identity: object, about: str | None = None) -> None:
        """Publish the body when the transaction commits.

        `identity` is what makes a repeat the same message; `about` is the student whose command led to it.
        """
        self.said.append(
            wrap(
                body,
                self.school_id,
                source=SOURCE,
                message_id=id_from(type(body).__name__, self.school_id, *identity),
                traceparent=self.traces.get(about or "", current_traceparent.get()),
                now=self.now,
            )
        )
