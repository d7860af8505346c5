"""A new link on its way to the guardian who asked for it: made, written and sent, while it is of use."""

from __future__ import annotations

from datetime import timedelta

from contracts.catalogue import FAMILY_LINK, GUARDIANS_BY_ADDRESS
from contracts.envelope import id_from
from contracts.family_queries import AskFamilyLink, AskGuardiansByAddress, GuardiansByAddress
from contracts.roster import Guardian
from services.kit.broker import Bus, NobodyAnswered, QueryRefused
from services.kit.telemetry import get_logger
from services.notification.families.letter import LinkLetter, LinkWriter
from services.notification.families.preferences import Preferences
from services.notification.families.requests import LinkLedger, LinkMail, State
from services.notification.languages import language
from services.notification.ledger import Overtaken
from services.notification.mailer import Mailer, Outcome
from services.notification.retry import delay_when_away

TOO_LATE = "It could not be sent while it was of use."
ANOTHER_ADDRESS = "The address is this guardian's no more."
STATES: dict[str, State] = {
    "accepted": "accepted",
    "refused": "failed",
    "refused_address": "failed",
    "unknown": "unknown",
}


class LinkDispatch:
    def __init__(
        self,
        ledger: LinkLedger,
        bus: Bus,
        preferences: Preferences,
        writer: LinkWriter,
        mailer: Mailer,
        answer_patience: timedelta,
    ) -> None:
        """`answer_patience`: longer than any answer of the mail server takes."""
        self._ledger = ledger
        self._bus = bus
        self._preferences = preferences
        self._writer = writer
        self._mailer = mailer
        self._answer_patience = answer_patience

    async def __call__(self, mail: LinkMail) -> None:
        if mail.is_too_late:
            await self._ledger.conclude(mail, "failed", TOO_LATE)
            return
        try:
            known = await self._known(mail)
            guardian = _addressee(known, mail)
            if guardian is None:
                await self._ledger.conclude(mail, "cancelled", ANOTHER_ADDRESS)
                return
            family_url = mail.family_url or await self._new_link(mail)
        except (NobodyAnswered, QueryRefused) as error:
            await self._ledger.defer(mail, str(error), delay_when_away(mail.attempts))
            return
        await self._send(mail, await self._letter(mail, guardian, known, family_url))

    async def _known(self, mail: LinkMail) -> GuardiansByAddress:
        """Asked at the moment of sending: it goes to the address on file, or to nobody."""
        asked = AskGuardiansByAddress(address_sha256=mail.address_sha256.hex())
        return await self._bus.ask(GUARDIANS_BY_ADDRESS, mail.school_id, asked)

    async def _new_link(self, mail: LinkMail) -> str:
        asked = AskFamilyLink(family_id=mail.family_id, request_id=mail.request_id)
        link = await self._bus.ask(FAMILY_LINK, mail.school_id, asked)
        await self._ledger.keep_link(mail, link.family_url)
        return link.family_url

    async def _letter(
        self, mail: LinkMail, guardian: Guardian, known: GuardiansByAddress, family_url: str
    ) -> LinkLetter:
        preference = await self._preferences.of(mail.school_id, mail.family_id, mail.guardian_id)
        return LinkLetter(
            guardian_name=guardian.name,
            address=guardian.email,
            school_name=known.school_name,
            language=language(preference.language, guardian.locale, known.locale),
            family_url=family_url,
            identity=id_from("link", mail.school_id, mail.request_id, mail.family_id),
        )

    async def _send(self, mail: LinkMail, letter: LinkLetter) -> None:
        async def begin() -> None:
            await self._ledger.begin(mail, self._writer.message_id(letter), self._answer_patience)

        try:
            content = self._writer.compose(letter)
        except ValueError as error:
            await self._ledger.conclude(mail, "failed", str(error))
            return
        try:
            outcome = await self._mailer.send(content, self._writer.mail_from, letter.address, begin)
        except Overtaken:
            return
        await self._record(mail, outcome)

    async def _record(self, mail: LinkMail, outcome: Outcome) -> None:
        get_logger().info("link_mail", outcome=outcome.kind, request_id=mail.request_id)
        if outcome.kind in STATES:
            await self._ledger.conclude(mail, STATES[outcome.kind], outcome.reason)
        else:
            await self._ledger.defer(mail, outcome.reason, delay_when_away(mail.attempts))


def _addressee(known: GuardiansByAddress, mail: LinkMail) -> Guardian | None:
    """The guardian of the family, as long as the address is theirs."""
    wanted = (mail.family_id, mail.guardian_id)
    return next(
        (each.guardian for each in known.guardians if (each.family_id, each.guardian.guardian_id) == wanted), None
    )
