"""A child is erased: the command, what is said of it, the receipt. And all that is held about a family."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue

from contracts.base import Body, GivenId, Instant, MintedId, Name, Reason, Sha256

Count = Annotated[int, Field(ge=0)]
Round = Annotated[int, Field(ge=1)]
"""1 when it is erased, 2 some seconds later, for what was under way; beyond that for what came later still."""


class EraseStudent(Body):
    """Remove a child from every service's tables, files and ledger, for good; and the family, if it has no other child.

    The receipt keeps `reason`: one that names the child is refused.
    """

    student_id: GivenId
    requested_by: Name
    reason: Reason | None = None
    erasure_id: MintedId | None = None
    """Of the receipt, for whoever wants to look at it afterwards."""


class Erased(Body):
    """Nothing about these may be kept any more. Said at least twice: what was under way at first has ended by then."""

    erasure_id: MintedId
    round: Round
    student_id: GivenId | None = None
    """Absent where it is said of a paper that was printed late."""
    certificate_ids: tuple[GivenId, ...] = ()
    family_id: GivenId | None = None
    """The family too: it has no other child."""
    guardian_ids: tuple[GivenId, ...] = ()
    """Those of the family that no other family has."""


class Confirmed(Body):
    """A service has erased what `Erased` named, in this round."""

    erasure_id: MintedId
    round: Round
    removed: dict[str, Count]
    """How many of what: `mails`, `files`…"""


class PortalErased(Confirmed):
    """The portal's."""


class NotificationErased(Confirmed):
    """Notification's."""


class RenderingErased(Confirmed):
    """Rendering's: PDFs, pictures and whatever else lies under the certificate's key."""


class WebhooksErased(Confirmed):
    """Webhooks': what was kept to be sent to other systems."""


CONFIRMS = ("portal", "notification", "rendering", "webhooks")
"""The services that have to confirm."""


class AskErasures(Body):
    erasure_id: MintedId | None = None
    """This one alone."""


class Confirmation(Body):
    service: str
    at: Instant | None = None
    """When it had erased all of it for good; null: not yet."""
    removed: dict[str, Count] = Field(default_factory=dict)


class Erasure(Body):
    """The receipt. It names nobody."""

    erasure_id: MintedId
    at: Instant
    requested_by: Name
    reason: Reason | None = None
    student_sha256: Sha256
    """Of `<school_id>/<student_id>`, for whoever has to erase again what a restored backup brought back."""
    removed: dict[str, Count]
    """By progression."""
    confirmations: tuple[Confirmation, ...]
    messages: Count
    """Removed from the broker's streams so far."""
    completed_at: Instant | None = None
    """Null: not all have confirmed."""


class Erasures(Body):
    erasures: tuple[Erasure, ...]
    """Newest first."""


class AskFamilyExport(Body):
    family_id: GivenId


class HeldTable(Body):
    """What one table holds of the family, in words that people read."""

    title: str
    rows: tuple[dict[str, JsonValue], ...]


class PaperRef(Body):
    certificate_id: GivenId
    version: Annotated[int, Field(ge=1)]
    number: str


class FamilyExport(Body):
    """What progression holds about the family, and the ids by which the other services know it."""

    family_id: GivenId
    guardian_ids: tuple[GivenId, ...]
    certificate_ids: tuple[GivenId, ...]
    papers: tuple[PaperRef, ...]
    """The PDFs that there are."""
    tables: tuple[HeldTable, ...]


class AskHeld(Body):
    """What do you hold about this family?"""

    family_id: GivenId
    guardian_ids: tuple[GivenId, ...] = ()
    certificate_ids: tuple[GivenId, ...] = ()


class Held(Body):
    tables: tuple[HeldTable, ...]
