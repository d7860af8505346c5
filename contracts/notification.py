"""What became of a mail."""

from __future__ import annotations

from typing import Literal

from contracts.base import Body, GivenId, Version

DeliveryState = Literal["held", "queued", "sending", "accepted", "failed", "unknown", "cancelled", "suppressed"]


class Delivered(Body):
    certificate_id: GivenId
    version: Version
    guardian_id: GivenId
    state: DeliveryState
    reason: str | None = None


class DeliveryFailed(Body):
    certificate_id: GivenId
    version: Version
    guardian_id: GivenId
    state: DeliveryState
    reason: str | None = None
