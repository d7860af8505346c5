"""Which mails a guardian wants, and the links in mails' footers by which they say so."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from contracts.family_queries import AskPreferences, GuardianPreference
from contracts.family_queries import Preferences as PreferencesOfFamily
from contracts.portal import MailsChosen, MailsChosenByLink
from contracts.roster import Guardian
from services.kit.broker import NobodyAnswered
from services.kit.delivery import Transient
from services.kit.postgres import Connection, Database, load_queries
from services.notification.languages import TEXTS
from services.notification.ledger import Digest
from services.notification.register import Register

WANTS_NO_MAIL = "This guardian wants no mail."


@dataclass(frozen=True, slots=True)
class Preference:
    """`language` is a BCP 47 tag; None: as the school has it."""

    wants_mail: bool = True
    language: str | None = None

    def spoken_to(self, guardian: Guardian) -> Guardian:
        """The guardian, with the language that they chose."""
        return guardian.model_copy(update={"locale": self.language or guardian.locale})


@dataclass(frozen=True, slots=True)
class UnsubscribeLink:
    """`url` is a secret that opens one thing; the hash of its token is what may be kept."""

    url: str
    token_sha256: bytes


class Preferences:
    def __init__(self, database: Database, register: Register, portal_url: str) -> None:
        self._database = database
        self._register = register
        self._portal_url = portal_url.rstrip("/")
        self._queries = load_queries("services.notification.families")

    # --- for a mail

    async def of(self, school_id: str, family_id: str, guardian_id: str) -> Preference:
        row = await self._queries.preference(
            self._database.pool, school_id=school_id, family_id=family_id, guardian_id=guardian_id
        )
        return Preference(**row) if row else Preference()

    def new_link(self, school_id: str) -> UnsubscribeLink:
        """A link that works once it is kept."""
        token = secrets.token_urlsafe(32)
        url = f"{self._portal_url}/unsubscribe/{school_id}/{token}"
        return UnsubscribeLink(url, hashlib.sha256(token.encode()).digest())

    async def keep(self, connection: Connection, digest: Digest, link: UnsubscribeLink) -> None:
        """In the caller's transaction."""
        await self._queries.add_unsubscribe_link(
            connection,
            token_sha256=link.token_sha256,
            school_id=digest.school_id,
            family_id=digest.family_id,
            guardian_id=digest.guardian_id,
        )

    # --- for a family

    async def choose(self, school_id: str, chosen: MailsChosen) -> None:
        await self._queries.choose(self._database.pool, school_id=school_id, **chosen.model_dump())

    async def choose_by_link(self, school_id: str, chosen: MailsChosenByLink) -> bool:
        """Whether the link is anybody's."""
        is_somebodys = await self._queries.choose_by_link(
            self._database.pool,
            school_id=school_id,
            token_sha256=bytes.fromhex(chosen.token_sha256),
            wants_mail=chosen.wants_mail,
            chosen_at=chosen.chosen_at,
        )
        return bool(is_somebodys)

    async def answer(self, school_id: str, asked: AskPreferences) -> PreferencesOfFamily:
        """Of all guardians of a family. QueryRefused where there is no such family."""
        try:
            guardians = await self._register.family(school_id, asked.family_id)
        except NobodyAnswered as error:
            raise Transient(str(error)) from error
        rows = self._queries.preferences_of(self._database.pool, school_id=school_id, family_id=asked.family_id)
        chosen = {row["guardian_id"]: Preference(row["wants_mail"], row["language"]) async for row in rows}
        return PreferencesOfFamily(
            guardians=tuple(
                _preference(guardian.guardian_id, guardian.name, chosen.get(guardian.guardian_id, Preference()))
                for guardian in guardians
            ),
            languages=tuple(TEXTS),
        )


def _preference(guardian_id: str, name: str, preference: Preference) -> GuardianPreference:
    return GuardianPreference(
        guardian_id=guardian_id, name=name, wants_mail=preference.wants_mail, language=preference.language
    )
