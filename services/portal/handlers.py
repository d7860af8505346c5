"""What certificates' events mean to the portal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from contracts.certificates import Issued, Replaced, Withdrawn
from contracts.envelope import id_from, wrap
from contracts.erasure import Erased, PortalErased
from contracts.portal import Published
from services.kit.delivery import Incoming, Transient
from services.kit.holdings import confirmation, forget, was_erased
from services.kit.outbox import Relay, queue
from services.kit.postgres import Database
from services.kit.telemetry import current_traceparent
from services.portal.domain import PageSize, PdfRef
from services.portal.holdings import HOLDINGS
from services.portal.pdfs import Pdfs, PdfUnavailable, page_size_of
from services.portal.store import Store

SOURCE = "/laurel/portal"


class Handlers:
    """Events may come in any order, and twice."""

    def __init__(self, database: Database, store: Store, pdfs: Pdfs, relay: Relay, portal_url: str) -> None:
        self._database = database
        self._store = store
        self._pdfs = pdfs
        self._relay = relay
        self._portal_url = portal_url
        self._by_stem: dict[str, Callable[[Incoming], Awaitable[None]]] = {
            "certificates.evt.issued.v1": self.issued,
            "certificates.evt.withdrawn.v1": self.withdrawn,
            "certificates.evt.replaced.v1": self.replaced,
            "certificates.evt.erased.v1": self.erased,
        }

    async def handle(self, incoming: Incoming) -> None:
        """Events that the portal does not know, such as a later version's, are not for it."""
        if known := self._by_stem.get(incoming.stem):
            await known(incoming)

    async def issued(self, incoming: Incoming) -> None:
        """Put the version online, then say so.

        A repeat is answered with the same message again (and a token of its own, since no token can be
        read back): whoever repeats an event does so because the first answer may be lost.
        """
        event = incoming.read(Issued)
        if await was_erased(self._database, incoming.school_id, event.certificate_id):
            return
        page = await self._link_will_work(incoming.school_id, event)
        async with self._database.transaction() as connection:
            token = await self._store.add_version(connection, incoming.school_id, event, page)
            if token is None:
                return
            published = Published(
                certificate_id=event.certificate_id,
                version=event.version,
                family_id=event.family_id,
                family_url=f"{self._portal_url}/family/{token}",
            )
            envelope = wrap(
                published,
                incoming.school_id,
                source=SOURCE,
                message_id=id_from("published", incoming.school_id, event.certificate_id, event.version),
                traceparent=current_traceparent.get(),
            )
            await queue(connection, envelope)
        self._relay.wake()

    async def withdrawn(self, incoming: Incoming) -> None:
        event = incoming.read(Withdrawn)
        await self._store.add_correction(incoming.school_id, event.certificate_id, event.version, "withdrawn")

    async def replaced(self, incoming: Incoming) -> None:
        event = incoming.read(Replaced)
        await self._store.add_correction(
            incoming.school_id, event.certificate_id, event.version, "replaced", event.by_version
        )

    async def erased(self, incoming: Incoming) -> None:
        """Nothing of it is kept; each time it is said, it is confirmed."""
        event = incoming.read(Erased)
        async with self._database.transaction() as connection:
            removed = await forget(connection, incoming.school_id, HOLDINGS, event)
            confirmed = PortalErased(erasure_id=event.erasure_id, round=event.round, removed=removed)
            await queue(connection, confirmation(confirmed, incoming, SOURCE))
        self._relay.wake()

    async def _link_will_work(self, school_id: str, event: Issued) -> PageSize | None:
        """Nobody is mailed a link to a PDF that is not there: it is printed again meanwhile."""
        pdf = PdfRef(school_id, event.certificate_id, event.version, event.pdf.key, event.pdf.sha256)
        try:
            return await page_size_of(await self._pdfs.open(pdf))
        except PdfUnavailable as error:
            raise Transient(str(error)) from error
