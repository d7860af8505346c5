"""What became of a mail, and what a person had done with it."""

from __future__ import annotations

from typing import Literal

from contracts.base import Body, GivenId, Name, Version

DeliveryState = Literal["held", "queued", "sending", "accepted", "failed", "unknown", "cancelled", "suppressed"]


class Delivered(Body):
    certificate_id: GivenId
    version: Version
    guardian_id: GivenId
    state: DeliveryState
    reason: str | None = None


class Resent(Body):
    """A person had mails of a certificate sent again; for the records of who did what."""

    command_id: str
    certificate_id: GivenId
    guardian_id: GivenId | None = None
    """Every guardian's, where none is named."""
    requested_by: Name


class DeliveryFailed(Body):
    certificate_id: GivenId
    version: Version
    guardian_id: GivenId
    state: DeliveryState
    reason: str | None = None
