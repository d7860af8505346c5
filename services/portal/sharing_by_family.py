"""What a family does with its share links."""

from __future__ import annotations

from uuid import UUID

from services.portal.copies import Copies
from services.portal.domain import Certificate
from services.portal.prints import Names, Prints
from services.portal.shares import Share, Shares
from services.portal.sharing import Wish
from services.portal.store import Access
from services.portal.view_counts import ViewCounts


class Sharing:
    def __init__(self, shares: Shares, copies: Copies, prints: Prints, counts: ViewCounts) -> None:
        self._shares = shares
        self._copies = copies
        self._prints = prints
        self._counts = counts

    async def begin(self, access: Access, certificate: Certificate, wish: Wish) -> str:
        """A fresh token. What it shows is being made while the guardian copies the link."""
        token = await self._shares.add(access, certificate.id, wish)
        self._copies.begin(certificate.newest, wish.showing)
        return token

    async def stop(self, access: Access, certificate: Certificate, share_id: UUID) -> None:
        await self._shares.revoke(access, certificate.id, share_id)

    async def live(self, access: Access, certificate: Certificate) -> list[Share]:
        """Newest first, with every view until now."""
        await self._counts.write()
        return await self._shares.live(access, certificate.id)

    async def names(self, certificate: Certificate) -> Names | None:
        """What a new link could show; None where nobody can say it now, or none can be made."""
        return await self._prints.names(certificate.newest) if certificate.state == "valid" else None
