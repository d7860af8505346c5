"""The portal's schema: published versions, what became of them, and who may open what."""

from __future__ import annotations

from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta

import asyncpg

from contracts.certificates import Issued
from services.kit.postgres import Connection, Database, load_queries
from services.portal import tokens
from services.portal.domain import Certificate, PageSize, State, Version, certificates_from

FAMILY_LINK_LASTS = timedelta(days=90)
"""From when it was made; what it opened lasts as long as a session does."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a token opens: a family's pages, or (with `certificate_id`) one certificate of theirs."""

    school_id: str
    family_id: str
    certificate_id: str | None


class Store:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = load_queries("services.portal")

    # --- written in the caller's transaction

    async def add_version(
        self, connection: Connection, school_id: str, issued: Issued, page: PageSize | None
    ) -> str | None:
        """Keep an issued version: a fresh token for its family; None where it is known to be withdrawn or replaced."""
        key = {"school_id": school_id, "certificate_id": issued.certificate_id, "version": issued.version}
        shown = issued.model_dump(include=_SHOWN)
        await self._queries.add_version(
            connection,
            **key,
            **shown,
            pdf_key=issued.pdf.key,
            pdf_sha256=issued.pdf.sha256,
            verification_sha256=tokens.hashed(issued.verify_url.rpartition("/")[2]),
            width_pt=page and page.width_pt,
            height_pt=page and page.height_pt,
        )
        token = tokens.mint()
        is_valid = await self._queries.add_family_token_if_valid(
            connection, **key, token_sha256=tokens.hashed(token), family_id=issued.family_id
        )
        return token if is_valid else None

    async def add_correction(
        self, school_id: str, certificate_id: str, version: int, state: State, by_version: int | None = None
    ) -> None:
        await self._queries.add_correction(
            self._database.pool,
            school_id=school_id,
            certificate_id=certificate_id,
            version=version,
            state=state,
            by_version=by_version,
        )

    async def add_family_token(self, connection: Connection, school_id: str, family_id: str) -> str:
        """A fresh token for the family's pages."""
        token = tokens.mint()
        await self._queries.add_family_token(
            connection, token_sha256=tokens.hashed(token), school_id=school_id, family_id=family_id
        )
        return token

    # --- read

    async def open_session(self, session: str) -> Access | None:
        row = await self._queries.open_session(self._database.pool, session_sha256=tokens.hashed(session))
        return Access(**row) if row else None

    async def certificates(self, access: Access) -> list[Certificate]:
        """All of the family's certificates, newest first."""
        return await _collect(
            self._queries.versions_of_family(
                self._database.pool, school_id=access.school_id, family_id=access.family_id
            )
        )

    async def certificate(self, access: Access, certificate_id: str) -> Certificate | None:
        """One of the family's certificates."""
        found = await _collect(
            self._queries.versions_of_certificate(
                self._database.pool,
                school_id=access.school_id,
                family_id=access.family_id,
                certificate_id=certificate_id,
            )
        )
        return found[0] if found else None

    async def certificate_by_code(self, code: str) -> Certificate | None:
        found = await _collect(
            self._queries.versions_by_code(self._database.pool, verification_sha256=tokens.hashed(code))
        )
        return found[0] if found else None

    async def states(self, school_id: str, versions: Sequence[tuple[str, int]]) -> dict[tuple[str, int], State]:
        """Of those that are known, by (certificate_id, version)."""
        rows = self._queries.states(
            self._database.pool,
            school_id=school_id,
            certificate_ids=[certificate_id for certificate_id, _ in versions],
            versions=[version for _, version in versions],
        )
        return {(row["certificate_id"], row["version"]): row["state"] async for row in rows}

    # --- sessions

    async def add_session(self, token: str, lasts: timedelta) -> str | None:
        """A fresh secret for the browser that shows a family's token; None where the token opens nothing."""
        session = tokens.mint()
        is_open = await self._queries.add_session(
            self._database.pool,
            session_sha256=tokens.hashed(session),
            token_sha256=tokens.hashed(token),
            lasts=lasts,
            link_lasts=FAMILY_LINK_LASTS,
        )
        return session if is_open else None

    async def end_session(self, session: str) -> None:
        await self._queries.end_session(self._database.pool, session_sha256=tokens.hashed(session))

    async def new_family_link(self, school_id: str, family_id: str) -> str:
        """A fresh token for the family's pages, outside of any transaction."""
        async with self._database.transaction() as connection:
            return await self.add_family_token(connection, school_id, family_id)

    async def end_family_links(self, access: Access) -> None:
        await self._queries.end_family_links(
            self._database.pool, school_id=access.school_id, family_id=access.family_id
        )


_SHOWN = {
    "family_id",
    "student_id",
    "recipient_name",
    "title",
    "level_name",
    "school_name",
    "teacher_name",
    "locale",
    "number",
    "issued_on",
}


async def _collect(rows: AsyncIterable[asyncpg.Record]) -> list[Certificate]:
    return certificates_from([version_from(row) async for row in rows])


def version_from(row: asyncpg.Record) -> Version:
    """Of a row that has more than the version, too."""
    return Version(**{field: value for field, value in row.items() if field in _FIELDS})


_FIELDS = {field.name for field in fields(Version)}
