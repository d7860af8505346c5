"""A run as it is seen from here: what progression, portal and notification say of it, put together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol, TypeVar

from contracts.base import Body
from contracts.catalogue import MAILS, PUBLISHED, QueryType
from contracts.mail_queries import AskVersions, MailedVersion, VersionRef
from contracts.queries import Run
from contracts.run_queries import RunRow, RunStates
from services.kit.broker import NobodyAnswered, QueryRefused
from services.staff.run_stages import Key, Known, Standing, standing

Request = TypeVar("Request", bound=Body)
Reply = TypeVar("Reply", bound=Body)

AT_ONCE = 500
"""So many versions a question may name."""


class Records(Protocol):
    """Whoever can be asked about the school."""

    async def ask(self, query: QueryType[Request, Reply], request: Request) -> Reply: ...


class Sight:
    """Of one run. What is online stays so and is not asked for again; neither is a mail that is out."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._online: set[Key] = set()
        self._mails: dict[Key, MailedVersion] = {}

    async def standings(self, states: RunStates, *, ask_for_mails: bool = True) -> dict[str, Standing]:
        """By certificate_id, in the order of the run. Who does not answer just now has said nothing new."""
        issued = [_key(row) for row in states.rows if row.state == "issued"]
        await self._ask_portal([key for key in issued if key not in self._online])
        if ask_for_mails and states.email == "send":
            seen = self._seen(states)
            waiting = {row.certificate_id for row in states.rows if seen[row.certificate_id].mail_to_come}
            await self._ask_notification([key for key in issued if key in self._online and key[0] in waiting])
        return self._seen(states)

    def _seen(self, states: RunStates) -> dict[str, Standing]:
        known = Known(self._online, self._mails)
        return {row.certificate_id: standing(row, known, mails_wanted=states.email == "send") for row in states.rows}

    async def _ask_portal(self, keys: Sequence[Key]) -> None:
        for reply in await self._ask(PUBLISHED, keys):
            self._online.update((each.certificate_id, each.version) for each in reply.versions if each.state == "valid")

    async def _ask_notification(self, keys: Sequence[Key]) -> None:
        for reply in await self._ask(MAILS, keys):
            self._mails.update({(each.certificate_id, each.version): each for each in reply.versions})

    async def _ask(self, query: QueryType[AskVersions, Reply], keys: Sequence[Key]) -> list[Reply]:
        parts = [keys[n : n + AT_ONCE] for n in range(0, len(keys), AT_ONCE)]
        replies = await asyncio.gather(*(self._ask_for(query, part) for part in parts))
        return [reply for reply in replies if reply is not None]

    async def _ask_for(self, query: QueryType[AskVersions, Reply], keys: Sequence[Key]) -> Reply | None:
        versions = tuple(VersionRef(certificate_id=certificate_id, version=version) for certificate_id, version in keys)
        try:
            return await self._records.ask(query, AskVersions(versions=versions))
        except (NobodyAnswered, QueryRefused):
            return None


def states_of(run: Run) -> RunStates:
    """The run's page has it all: what changes of it."""
    return RunStates(
        requested_at=run.requested_at,
        email=run.email,
        send_after=run.send_after,
        rows=tuple(
            RunRow(
                certificate_id=each.certificate_id,
                version=each.version,
                state=each.state,
                printing=bool(each.printing),
                printed=each.printed is not False and each.state not in ("issuing", "failed"),
                reason=each.reason,
            )
            for each in run.certificates
        ),
        cancelled=run.cancelled_at is not None,
        undone=run.undone_at is not None,
    )


def _key(row: RunRow) -> Key:
    return row.certificate_id, row.version
