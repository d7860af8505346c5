"""What became of the mails of certificates, in words for staff."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from contracts.catalogue import ADDRESSEES, MAILS
from contracts.mail_queries import (
    Addressees,
    AskAddressees,
    AskVersions,
    GuardianMail,
    MailedVersion,
    MailTrouble,
    VersionRef,
)
from contracts.notification import DeliveryState
from contracts.queries import MailRecipient
from services.kit.broker import NobodyAnswered, QueryRefused
from services.staff.desk import Desk

MOST = 500
"""So many versions one question may name."""

SOON = timedelta(seconds=5)
WORDS: dict[DeliveryState, str] = {
    "held": "Waiting to be sent",
    "queued": "Waiting to be sent",
    "sending": "Being sent",
    "accepted": "Mailed",
    "failed": "Not delivered",
    "unknown": "May not have arrived",
    "cancelled": "Not sent",
    "suppressed": "Not sent",
}
WAITING = ("held", "queued")
FORMER = "A former guardian"
RESENDABLE = ("failed", "unknown", "suppressed")
"""These do not go out by themselves, and can be sent again."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One guardian's mail of one certificate version. Without a `state` there is none."""

    guardian_id: str
    name: str
    has_address: bool
    state: DeliveryState | None = None
    since: datetime | None = None
    reason: str | None = None
    until: datetime | None = None
    """It waits for this moment; None where it goes as soon as it can."""

    @property
    def words(self) -> str:
        if self.until is not None:
            return "Held until" if self.state == "held" else "Waiting until"
        if self.state is None:
            return "Not mailed" if self.has_address else "Not mailed: no email address"
        return WORDS[self.state]

    @property
    def can_be_resent(self) -> bool:
        return self.state in RESENDABLE

    @property
    def is_going_on(self) -> bool:
        return self.state == "sending" or (self.state in WAITING and self.until is None)


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Of one version, guardian by guardian; `known`: notification has heard of the version."""

    known: bool
    to: tuple[Delivery, ...]
    unmailed: bool = False
    """There was nobody to mail. Where there is now, it can be mailed after all."""

    @property
    def resendable(self) -> list[Delivery]:
        return [each for each in self.to if each.can_be_resent]

    @property
    def can_be_mailed(self) -> bool:
        return self.unmailed and any(each.has_address and each.state is None for each in self.to)

    @property
    def going_on(self) -> bool:
        return any(each.is_going_on for each in self.to)


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A mail that does not go out by itself, as far as the records say whose it is."""

    trouble: MailTrouble
    guardian: str
    addressees: Addressees | None


Version: TypeAlias = tuple[str, int]
"""A certificate's id, and the number of its version."""

Mails: TypeAlias = dict[Version, MailedVersion]


async def ask_mails(desk: Desk, versions: Iterable[Version]) -> Mails | None:
    """By version, what notification knows; None where it does not answer."""
    wanted = [VersionRef(certificate_id=certificate, version=version) for certificate, version in versions][:MOST]
    if not wanted:
        return {}
    try:
        found = await desk.ask(MAILS, AskVersions(versions=tuple(wanted)))
    except (NobodyAnswered, QueryRefused):
        return None
    return {(each.certificate_id, each.version): each for each in found.versions}


def deliveries(mailed: MailedVersion | None, family: Sequence[MailRecipient], now: datetime) -> Deliveries:
    """The guardians of today first, then whoever was mailed and is none any more."""
    if mailed is None or not (mailed.announced or mailed.mails):
        return Deliveries(known=False, to=())
    mails = {mail.guardian_id: mail for mail in mailed.mails}
    of_family = [_delivery(who, mails.pop(who.guardian_id, None), now) for who in family]
    former = [
        _delivery(MailRecipient(guardian_id=each, name=FORMER, has_address=True), mails[each], now)
        for each in sorted(mails)
    ]
    return Deliveries(known=True, to=(*of_family, *former), unmailed=bool(mailed.unmailed))


def _delivery(who: MailRecipient, mail: GuardianMail | None, now: datetime) -> Delivery:
    if mail is None:
        return Delivery(who.guardian_id, who.name, who.has_address)
    waits_on = mail.state in WAITING and mail.due_at is not None and mail.due_at > now + SOON
    return Delivery(
        who.guardian_id,
        who.name,
        who.has_address,
        state=mail.state,
        since=mail.since,
        reason=None if mail.state == "accepted" else mail.reason,
        until=mail.due_at if waits_on else None,
    )


async def undelivered(desk: Desk, troubles: Sequence[MailTrouble]) -> list[Undelivered]:
    """Each with the names of guardian, child and certificate; without them where progression does not answer."""
    certificates = tuple({trouble.certificate_id: None for trouble in troubles})
    found = await desk.ask_unless_silent(ADDRESSEES, AskAddressees(certificate_ids=certificates)) if troubles else None
    by_id = {each.certificate_id: each for each in found.certificates} if found else {}
    return [_undelivered(trouble, by_id.get(trouble.certificate_id)) for trouble in troubles]


def _undelivered(trouble: MailTrouble, addressees: Addressees | None) -> Undelivered:
    names = {each.guardian_id: each.name for each in addressees.guardians} if addressees else {}
    stranger = FORMER if addressees else trouble.guardian_id
    return Undelivered(trouble, names.get(trouble.guardian_id, stranger), addressees)


async def deliveries_of(
    desk: Desk, versions: Sequence[Version], family: Sequence[MailRecipient]
) -> dict[Version, Deliveries] | None:
    """Of each version; None where the mail records do not answer."""
    known = await ask_mails(desk, versions)
    if known is None:
        return None
    now = datetime.now(UTC)
    return {version: deliveries(known.get(version), family, now) for version in versions}
