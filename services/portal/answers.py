"""What the portal answers when it is asked."""

from __future__ import annotations

from contracts.family_queries import AskFamilyLink, FamilyLink
from contracts.mail_queries import AskVersions, PublishedVersion, PublishedVersions
from services.portal.store import Store


class Answers:
    def __init__(self, store: Store, portal_url: str) -> None:
        self._store = store
        self._portal_url = portal_url

    async def published(self, school_id: str, asked: AskVersions) -> PublishedVersions:
        """Those that are known, also where a correction came and the version itself did not."""
        wanted = [(each.certificate_id, each.version) for each in asked.versions]
        states = await self._store.states(school_id, wanted)
        return PublishedVersions(
            versions=tuple(
                PublishedVersion(certificate_id=certificate_id, version=version, state=state)
                for (certificate_id, version), state in states.items()
            )
        )

    async def family_link(self, school_id: str, asked: AskFamilyLink) -> FamilyLink:
        """A link of its own for every asking: no token can be read back."""
        token = await self._store.new_family_link(school_id, asked.family_id)
        return FamilyLink(family_url=f"{self._portal_url}/family/{token}")
