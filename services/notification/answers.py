"""What notification answers when it is asked."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from contracts.mail_queries import AskVersions, GuardianMail, MailedVersion, MailedVersions, MailTrouble, MailTroubles
from contracts.queries import Everything
from services.kit.postgres import Database, load_queries
from services.notification.families.preferences import WANTS_NO_MAIL


class Answers:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = load_queries("services.notification")

    async def mails(self, school_id: str, asked: AskVersions) -> MailedVersions:
        """Those of the versions that were told, or corrected, with what became of each guardian's mail."""
        wanted: dict[str, Any] = {
            "school_id": school_id,
            "certificate_ids": [each.certificate_id for each in asked.versions],
            "versions": [each.version for each in asked.versions],
        }
        async with self._database.pool.acquire() as connection:
            known = [row async for row in self._queries.known_versions(connection, **wanted)]
            mails: dict[tuple[str, int], list[GuardianMail]] = defaultdict(list)
            async for row in self._queries.mails_of(connection, **wanted):
                mails[row["certificate_id"], row["version"]].append(
                    GuardianMail(
                        guardian_id=row["guardian_id"],
                        state=row["state"],
                        reason=row["reason"],
                        since=row["since"],
                        due_at=row["due_at"],
                    )
                )
        return MailedVersions(
            versions=tuple(
                MailedVersion(**row, mails=tuple(mails[row["certificate_id"], row["version"]])) for row in known
            )
        )

    async def troubles(self, school_id: str, _: Everything) -> MailTroubles:
        """Without the mails that a guardian does not want: there is nothing to be done about those."""
        rows = self._queries.troubles(self._database.pool, school_id=school_id, unwanted=WANTS_NO_MAIL)
        return MailTroubles(mails=tuple([MailTrouble(**row) async for row in rows]))
