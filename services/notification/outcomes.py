"""What became of a mail, told to the others and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from prometheus_client import Counter

from contracts.envelope import Envelope, id_from, wrap
from contracts.notification import Delivered, DeliveryFailed, DeliveryState
from services.kit.telemetry import Metrics, current_traceparent

SOURCE = "/laurel/notification"
TELLS = {
    "accepted": Delivered,
    "failed": DeliveryFailed,
    "unknown": DeliveryFailed,
    "suppressed": DeliveryFailed,
}
"""A state that is not here (waiting, cancelled) is nobody else's business."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """The ledger's key: one certificate version for one guardian."""

    school_id: str
    certificate_id: str
    version: int
    guardian_id: str


class Outcomes:
    def __init__(self, metrics: Metrics) -> None:
        self._mails = Counter("laurel_mails", "Mails by what became of them", ["state"], registry=metrics.registry)
        # From the start on, so that the first of a kind is an increase.
        for state in get_args(DeliveryState):
            self._mails.labels(state)

    def tell(self, addressees: Sequence[Addressee], state: DeliveryState, reason: str | None) -> list[Envelope]:
        """The messages that say so; empty for states that nobody is told of."""
        self.count(len(addressees), state)
        return messages(addressees, state, reason)

    def count(self, mails: int, state: DeliveryState) -> None:
        self._mails.labels(state).inc(mails)


def messages(addressees: Sequence[Addressee], state: DeliveryState, reason: str | None) -> list[Envelope]:
    """One for each; none for states that nobody is told of."""
    return [_event(addressee, state, reason) for addressee in addressees] if state in TELLS else []


def _event(addressee: Addressee, state: DeliveryState, reason: str | None) -> Envelope:
    body = TELLS[state](
        certificate_id=addressee.certificate_id,
        version=addressee.version,
        guardian_id=addressee.guardian_id,
        state=state,
        reason=reason,
    )
    return wrap(
        body,
        addressee.school_id,
        source=SOURCE,
        message_id=id_from("mail", state, addressee),
        traceparent=current_traceparent.get(),
    )
