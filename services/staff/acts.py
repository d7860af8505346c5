"""What is done to accounts, by whom and when: written down in the transaction that does it, and kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from asyncpg import Record

from services.kit.postgres import Connection, load_queries
from services.staff.accounts import Person

sql = load_queries("services.staff")


@dataclass(frozen=True, slots=True)
class By:
    """Who does it, in which school; `press_id`: of the form that was sent, which acts once however often it is sent."""

    school_id: str
    who: str
    press_id: str | None = None

    @classmethod
    def person(cls, person: Person, press_id: str) -> Self:
        return cls(person.school_id, person.called, press_id)


@dataclass(frozen=True, slots=True)
class AccountAct:
    """`added`, `renamed`, `role_changed`, `password_given`, `password_chosen`, `closed` or `reopened`."""

    at: datetime
    who: str
    account_id: UUID
    called: str
    act: str
    before: str | None
    after: str | None

    @classmethod
    def of(cls, row: Record) -> Self:
        return cls(**row)


async def note(
    connection: Connection,
    by: By,
    account_id: UUID,
    act: str,
    *,
    before: str | None = None,
    after: str | None = None,
) -> bool:
    """False where the same press has done it already: then it is not to be done again."""
    row = await sql.note_act(
        connection,
        school_id=by.school_id,
        who=by.who,
        press_id=by.press_id,
        account_id=account_id,
        act=act,
        before=before,
        after=after,
    )
    return row is not None
