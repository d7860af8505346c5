"""What portal and notification ask, and are asked, for a family: a new link, and which mails it wants."""

from __future__ import annotations

from contracts.base import Body, GivenId, Locale, MintedId, Name, Sha256
from contracts.roster import Guardian

# --- progression.query.guardians_by_address


class AskGuardiansByAddress(Body):
    address_sha256: Sha256
    """Of the address in lower case, without space around it."""


class FamilyGuardian(Body):
    family_id: GivenId
    guardian: Guardian


class GuardiansByAddress(Body):
    """All who have this address, in all families; none where it is nobody's."""

    school_name: Name
    locale: Locale | None = None
    """The school's."""
    guardians: tuple[FamilyGuardian, ...]


# --- portal.query.family_link


class AskFamilyLink(Body):
    family_id: GivenId
    request_id: MintedId


class FamilyLink(Body):
    """`family_url` opens the family's pages from now on; it is a secret."""

    family_url: str


# --- notification.query.preferences


class AskPreferences(Body):
    family_id: GivenId


class GuardianPreference(Body):
    guardian_id: GivenId
    name: Name
    wants_mail: bool
    language: Locale | None = None
    """That they chose; absent: as the school has it."""


class Preferences(Body):
    """Of all guardians of the family, in the order that the school has them."""

    guardians: tuple[GuardianPreference, ...]
    languages: tuple[Locale, ...]
    """That mails can be written in."""
