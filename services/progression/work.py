"""One command (or event) in hand: its transaction, its school, the moment, and what will be said when it commits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from contracts.base import Body
from contracts.envelope import Envelope, id_from, wrap
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
    said: list[Envelope] = field(default_factory=list)

    @property
    def school_id(self) -> str:
        return self.school.school_id

    def say(self, body: Body, *identity: object) -> None:
        """Publish the body when the transaction commits. `identity` is what makes a repeat the same message."""
        self.said.append(
            wrap(
                body,
                self.school_id,
                source=SOURCE,
                message_id=id_from(type(body).__name__, self.school_id, *identity),
                traceparent=current_traceparent.get(),
                now=self.now,
            )
        )
