"""What families said on the portal, as it concerns their mails. It may come in any order, and twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from contracts.catalogue import GUARDIANS_BY_ADDRESS, TYPE_OF
from contracts.family_queries import AskGuardiansByAddress
from contracts.portal import LinkRequested, MailsChosen, MailsChosenByLink
from services.kit.broker import Bus, NobodyAnswered, QueryRefused
from services.kit.delivery import Incoming, Transient
from services.kit.telemetry import get_logger
from services.notification.families.preferences import Preferences
from services.notification.families.requests import LinkLedger, is_stale


class FamilyHandlers:
    def __init__(self, bus: Bus, ledger: LinkLedger, preferences: Preferences, wake: Callable[[], None]) -> None:
        """`wake` is called when a mail was queued."""
        self._bus = bus
        self._ledger = ledger
        self._preferences = preferences
        self._wake = wake
        self._by_stem: dict[str, Callable[[Incoming], Awaitable[None]]] = {
            TYPE_OF[LinkRequested].stem: self.link_requested,
            TYPE_OF[MailsChosen].stem: self.mails_chosen,
            TYPE_OF[MailsChosenByLink].stem: self.mails_chosen_by_link,
        }

    async def handle(self, incoming: Incoming) -> None:
        """One that is not known, such as a later version's, is not for here."""
        if known := self._by_stem.get(incoming.stem):
            await known(incoming)

    async def link_requested(self, incoming: Incoming) -> None:
        """Queue a mail for each family whose guardian has the address. Whether there is any, nobody is told."""
        request = incoming.read(LinkRequested)
        if is_stale(request):
            return
        asked = AskGuardiansByAddress(address_sha256=request.address_sha256)
        try:
            found = await self._bus.ask(GUARDIANS_BY_ADDRESS, incoming.school_id, asked)
        except QueryRefused:
            # A school that is not known has no guardians either.
            return
        except NobodyAnswered as error:
            raise Transient(str(error)) from error
        if not found.guardians:
            return
        if await self._ledger.enter(incoming.school_id, request, list(found.guardians)):
            self._wake()
        else:
            get_logger().warning("too_many_link_requests", request_id=request.request_id)

    async def mails_chosen(self, incoming: Incoming) -> None:
        await self._preferences.choose(incoming.school_id, incoming.read(MailsChosen))

    async def mails_chosen_by_link(self, incoming: Incoming) -> None:
        if not await self._preferences.choose_by_link(incoming.school_id, incoming.read(MailsChosenByLink)):
            get_logger().info("mails_chosen_by_unknown_link")
