"""The share links in the portal's schema, and the copies that they show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg

from services.kit.postgres import Database, load_queries
from services.portal import tokens
from services.portal.domain import PdfRef, Version, certificates_from
from services.portal.sharing import Paper, Shared, Showing, Wish
from services.portal.store import Access, version_from
from services.portal.together import Together


@dataclass(frozen=True, slots=True)
class Share:
    """A link that works, as its family sees it."""

    share_id: UUID
    created_at: datetime
    showing: Showing
    ends_at: datetime | None
    views: int


class Shares:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = load_queries("services.portal")
        self._opened = Together(self._open)

    async def add(self, access: Access, certificate_id: str, wish: Wish) -> str:
        """A fresh token that opens this certificate alone."""
        token = tokens.mint()
        await self._queries.add_share(
            self._database.pool,
            token_sha256=tokens.hashed(token),
            school_id=access.school_id,
            family_id=access.family_id,
            certificate_id=certificate_id,
            share_id=uuid4(),
            showing=wish.showing,
            lives=wish.lives,
        )
        return token

    async def live(self, access: Access, certificate_id: str) -> list[Share]:
        """The share links that still work, newest first."""
        rows = self._queries.live_shares(
            self._database.pool,
            school_id=access.school_id,
            family_id=access.family_id,
            certificate_id=certificate_id,
        )
        return [Share(**row) async for row in rows]

    async def revoke(self, access: Access, certificate_id: str, share_id: UUID) -> None:
        await self._queries.revoke_share(
            self._database.pool,
            share_id=share_id,
            school_id=access.school_id,
            family_id=access.family_id,
            certificate_id=certificate_id,
        )

    async def open(self, token: str) -> Shared | None:
        """What a link opens that was neither stopped nor has ended."""
        return await self._opened.answer(tokens.hashed(token))

    async def _open(self, tokens_sha256: Sequence[bytes]) -> dict[bytes, Shared]:
        versions: dict[bytes, list[asyncpg.Record]] = defaultdict(list)
        async for row in self._queries.shared(self._database.pool, tokens_sha256=tokens_sha256):
            versions[row["token_sha256"]].append(row)
        return {token_sha256: _shared_from(token_sha256, rows) for token_sha256, rows in versions.items()}

    async def count_views(self, views: Mapping[bytes, int]) -> None:
        """So many more, by the hash of the link's token."""
        # In one order, so that two processes never wait for each other.
        tokens_sha256 = sorted(views)
        await self._queries.count_views(
            self._database.pool, tokens=tokens_sha256, views=[views[each] for each in tokens_sha256]
        )

    async def put_copy(self, copy: Paper) -> None:
        await self._queries.put_copy(
            self._database.pool,
            **_key(copy),
            of_copy=copy.of_copy,
            name=copy.name,
            title=copy.title,
            pdf_key=copy.pdf.key,
            pdf_sha256=copy.pdf.sha256,
        )

    async def forget_copy(self, copy: Paper) -> None:
        await self._queries.forget_copy(self._database.pool, **_key(copy))


def _key(copy: Paper) -> dict[str, str | int]:
    version = copy.version
    return {
        "school_id": version.school_id,
        "certificate_id": version.certificate_id,
        "version": version.version,
        "showing": copy.showing,
    }


def _shared_from(token_sha256: bytes, rows: Sequence[asyncpg.Record]) -> Shared:
    """Of the rows of one link: the versions of its certificate."""
    [certificate] = certificates_from(version_from(row) for row in rows)
    newest = next(row for row in rows if row["version"] == certificate.newest.version)
    return Shared(token_sha256, certificate, newest["showing"], _copy_from(newest, certificate.newest))


def _copy_from(row: asyncpg.Record, version: Version) -> Paper | None:
    if row["of_copy"] is None:
        return None
    pdf = PdfRef(version.school_id, version.certificate_id, version.version, row["copy_key"], row["copy_sha256"])
    return Paper(version, row["showing"], row["copy_name"], row["copy_title"], pdf, row["of_copy"])
