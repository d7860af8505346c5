"""What the portal's and progression's events mean to the e-mail ledger."""

from __future__ import annotations

import asyncio

from contracts.catalogue import TYPE_OF
from contracts.certificates import Replaced, Withdrawn
from contracts.portal import Published
from services.kit.broker import NobodyAnswered
from services.kit.delivery import Incoming, Transient
from services.kit.telemetry import get_logger
from services.notification.intake import Intake
from services.notification.ledger import Digest
from services.notification.register import Register
from services.notification.sender import Sender

PUBLISHED = TYPE_OF[Published].stem
CORRECTIONS: dict[str, type[Withdrawn | Replaced]] = {
    "certificates.evt.withdrawn.v1": Withdrawn,
    "certificates.evt.replaced.v1": Replaced,
}


class Handlers:
    """Events may come in any order, and twice. One that is not known, such as a later version's, is not for here."""

    def __init__(self, intake: Intake, register: Register, sender: Sender[Digest]) -> None:
        self._intake = intake
        self._register = register
        self._sender = sender

    async def published(self, incoming: Incoming) -> None:
        """The link works: queue a mail for each guardian."""
        if incoming.stem != PUBLISHED:
            return
        event = incoming.read(Published)
        if await self._intake.is_erased(incoming.school_id, event.certificate_id):
            return
        try:
            certificate, guardians = await asyncio.gather(
                self._register.certificate(incoming.school_id, event.certificate_id),
                self._register.guardians(incoming.school_id, event.family_id),
            )
        except NobodyAnswered as error:
            raise Transient(str(error)) from error
        if not guardians:
            get_logger().warning("family_without_guardians", family_id=event.family_id)
        await self._intake.enter(incoming.school_id, event, certificate, guardians)
        self._sender.wake()

    async def corrected(self, incoming: Incoming) -> None:
        """Withdrawn or replaced: what is not sent yet never is."""
        if incoming.stem not in CORRECTIONS:
            return
        event = incoming.read(CORRECTIONS[incoming.stem])
        reason = f"The certificate was {incoming.stem.split('.')[2]} before it was mailed."
        await self._intake.correct(incoming.school_id, event.certificate_id, event.version, reason)
