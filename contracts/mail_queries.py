"""What portal and notification know of certificates that went out, and whom their mails are for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.base import Body, GivenId, Instant, Version
from contracts.notification import DeliveryState
from contracts.queries import MailRecipient, StudentRef

# --- portal.query.published; notification.query.mails, troubles


class VersionRef(Body):
    certificate_id: GivenId
    version: Version


class AskVersions(Body):
    versions: Annotated[tuple[VersionRef, ...], Field(max_length=500)]


class PublishedVersion(Body):
    certificate_id: GivenId
    version: Version
    state: Literal["valid", "replaced", "withdrawn"]


class PublishedVersions(Body):
    """Those of the versions that the portal knows."""

    versions: tuple[PublishedVersion, ...]


class GuardianMail(Body):
    guardian_id: GivenId
    state: DeliveryState
    since: Instant
    reason: str | None = None
    due_at: Instant | None = None
    """While it is `held` or `queued`: not before this. Past: at any moment."""


class MailedVersion(Body):
    certificate_id: GivenId
    version: Version
    corrected: bool
    """It is known to be withdrawn or replaced."""
    announced: bool
    """Its link was told; whoever is to be mailed is in `mails`."""
    mails: tuple[GuardianMail, ...]
    unmailed: bool | None = None
    """The family had nobody to mail; `resend_mail` mails it to whoever is its guardian by then."""


class MailedVersions(Body):
    """Those of the versions that notification knows."""

    versions: tuple[MailedVersion, ...]


class MailTrouble(Body):
    """A mail that does not go out by itself."""

    certificate_id: GivenId
    version: Version
    guardian_id: GivenId
    state: Literal["failed", "unknown", "suppressed"]
    since: Instant
    reason: str


class MailTroubles(Body):
    """Newest first; 500 at most."""

    mails: tuple[MailTrouble, ...]


# --- progression.query.addressees


class AskAddressees(Body):
    certificate_ids: Annotated[tuple[GivenId, ...], Field(max_length=500)]


class Addressees(Body):
    """Of one certificate: what a person calls it, whose it is, and who gets its mail today."""

    certificate_id: GivenId
    number: str
    title: str
    """Of its newest version."""
    student: StudentRef
    guardians: tuple[MailRecipient, ...]


class AddresseesOf(Body):
    """Those of the certificates that there are."""

    certificates: tuple[Addressees, ...]
