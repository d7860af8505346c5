"""The people of a school: accounts added, changed, closed and reopened. A school that has a manager keeps one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from asyncpg import Record

from services.kit.postgres import Connection, Database
from services.staff.accounts import normal
from services.staff.acts import AccountAct, By, note, sql
from services.staff.passwords import Passwords
from services.staff.roles import MANAGER, Role


class UsernameTaken(Exception):
    """There is an account of this name, perhaps at another school."""


class UnknownAccount(Exception):
    """The school has no such account."""


class LastManager(Exception):
    """Without this one nobody could add or change people any more."""


class RoleNotSaid(Exception):
    """A new account needs a role, as soon as the school has a manager."""


@dataclass(frozen=True, slots=True)
class Account:
    account_id: UUID
    username: str
    display_name: str
    role: Role
    signed_in_at: datetime | None
    closed_at: datetime | None
    password_given_at: datetime | None
    password_ended: bool

    @property
    def called(self) -> str:
        return self.display_name or self.username

    @classmethod
    def of(cls, row: Record) -> Self:
        return cls(**{**row, "role": Role(row["role"])})


class People:
    """The accounts in the staff schema, as a manager sees them. UnknownAccount for those of other schools."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    async def all(self, school_id: str) -> list[Account]:
        """By name, the closed ones last."""
        return [Account.of(row) async for row in sql.accounts(self._database.pool, school_id=school_id)]

    async def one(self, school_id: str, account_id: UUID) -> Account:
        row = await sql.account(self._database.pool, school_id=school_id, account_id=account_id)
        if row is None:
            raise UnknownAccount
        return Account.of(row)

    async def acts(self, school_id: str, account_id: UUID | None = None) -> list[AccountAct]:
        """What was done to the account, or to any; newest first, 200 at most."""
        rows = sql.acts(self._database.pool, school_id=school_id, account_id=account_id)
        return [AccountAct.of(row) async for row in rows]

    async def managers(self, school_id: str) -> list[str]:
        """What they are called: whom to ask."""
        return [account.called for account in await self.all(school_id) if _manages(account)]

    # --- done by a manager

    async def add(self, by: By, *, username: str, display_name: str, role: Role, password: str) -> UUID:
        """With a password for the first sign-in. UsernameTaken."""
        password_hash = await self._passwords.hash(password)
        async with self._database.transaction() as connection:
            return await _add(connection, by, username, display_name, role, password_hash, given=True)

    async def change(self, by: By, account_id: UUID, *, display_name: str, role: Role) -> None:
        """Another role signs the account out everywhere. LastManager."""
        async with self._locked(by, account_id) as (connection, account):
            await _rename(connection, by, account, display_name)
            await _give_role(connection, by, account, role)

    async def give_password(self, by: By, account_id: UUID, password: str) -> None:
        """For the next sign-in, at which they choose their own. It signs the account out everywhere."""
        password_hash = await self._passwords.hash(password)
        async with self._locked(by, account_id) as (connection, account):
            if await note(connection, by, account.account_id, "password_given"):
                await _set_password(connection, account, password_hash, given=True)

    async def close(self, by: By, account_id: UUID) -> None:
        """Nobody can sign in to it. LastManager."""
        async with self._locked(by, account_id) as (connection, account):
            if account.closed_at is None and await note(connection, by, account.account_id, "closed"):
                await _see_that_another_manages(connection, by, account)
                await sql.close_account(connection, account_id=account.account_id)
                await sql.close_sessions_of(connection, account_id=account.account_id)

    async def reopen(self, by: By, account_id: UUID) -> None:
        async with self._locked(by, account_id) as (connection, account):
            await _reopen(connection, by, account)

    # --- done from the terminal

    async def put(
        self, by: By, *, username: str, password: str, display_name: str | None = None, role: Role | None = None
    ) -> None:
        """Create, or change what is given; open in any case. UsernameTaken (elsewhere), RoleNotSaid, LastManager."""
        async with self._database.transaction() as connection:
            managers = await _lock_managers(connection, by.school_id)
            row = await sql.account_named(connection, username=normal(username))
            if row is None:
                if role is None and managers:
                    raise RoleNotSaid
                password_hash = await self._passwords.hash(password)
                role = role or MANAGER
                await _add(connection, by, username, display_name or "", role, password_hash, given=False)
                return
            if row["school_id"] != by.school_id:
                raise UsernameTaken(username)
            account = await _lock(connection, by.school_id, row["account_id"])
            await _reopen(connection, by, account)
            await _rename(connection, by, account, account.display_name if display_name is None else display_name)
            await _give_role(connection, by, account, role or account.role)
            if not await self._passwords.fits(password, row["password_hash"]):
                await note(connection, by, account.account_id, "password_given")
                await _set_password(connection, account, await self._passwords.hash(password), given=False)

    @asynccontextmanager
    async def _locked(self, by: By, account_id: UUID) -> AsyncIterator[tuple[Connection, Account]]:
        """The account, which nobody else changes meanwhile."""
        async with self._database.transaction() as connection:
            await _lock_managers(connection, by.school_id)
            yield connection, await _lock(connection, by.school_id, account_id)


def _manages(account: Account) -> bool:
    return account.role is MANAGER and account.closed_at is None


async def _lock_managers(connection: Connection, school_id: str) -> set[UUID]:
    """First of all, so that two managers cannot each take the other's role away at once."""
    return {row["account_id"] async for row in sql.lock_managers(connection, school_id=school_id)}


async def _lock(connection: Connection, school_id: str, account_id: UUID) -> Account:
    row = await sql.lock_account(connection, school_id=school_id, account_id=account_id)
    if row is None:
        raise UnknownAccount
    return Account.of(row)


async def _add(
    connection: Connection,
    by: By,
    username: str,
    display_name: str,
    role: Role,
    password_hash: str,
    *,
    given: bool,
) -> UUID:
    account_id: UUID | None = await sql.add_account(
        connection,
        school_id=by.school_id,
        username=normal(username),
        display_name=display_name.strip(),
        role=role,
        password_hash=password_hash,
        given=given,
    )
    if account_id is None:
        added_before: UUID | None = await sql.added_by_press(connection, school_id=by.school_id, press_id=by.press_id)
        if added_before is None:
            raise UsernameTaken(username)
        return added_before
    await note(connection, by, account_id, "added", after=role)
    return account_id


async def _rename(connection: Connection, by: By, account: Account, display_name: str) -> None:
    name, was = display_name.strip(), account.display_name
    if name != was and await note(connection, by, account.account_id, "renamed", before=was, after=name):
        await sql.rename_account(connection, account_id=account.account_id, display_name=name)


async def _give_role(connection: Connection, by: By, account: Account, role: Role) -> None:
    was = account.role
    if role is was:
        return
    if await note(connection, by, account.account_id, "role_changed", before=was, after=role):
        await _see_that_another_manages(connection, by, account)
        await sql.set_role(connection, account_id=account.account_id, role=role)
        await sql.close_sessions_of(connection, account_id=account.account_id)


async def _see_that_another_manages(connection: Connection, by: By, account: Account) -> None:
    if await _lock_managers(connection, by.school_id) == {account.account_id}:
        raise LastManager


async def _set_password(connection: Connection, account: Account, password_hash: str, *, given: bool) -> None:
    key = {"account_id": account.account_id}
    await sql.set_password(connection, **key, password_hash=password_hash, given=given)
    await sql.close_sessions_of(connection, **key)


async def _reopen(connection: Connection, by: By, account: Account) -> None:
    if account.closed_at is not None and await note(connection, by, account.account_id, "reopened"):
        await sql.reopen_account(connection, account_id=account.account_id)


async def put_account(
    postgres_url: str,
    *,
    school_id: str,
    username: str,
    password: str,
    display_name: str | None = None,
    role: Role | None = None,
    by: str = "laurel staff add",
) -> None:
    """`People.put` on the database there, with the tables where they are missing."""
    database = Database(postgres_url, "staff", pool_size=1)
    await database.start()
    try:
        people = People(database, Passwords())
        await people.put(By(school_id, by), username=username, password=password, display_name=display_name, role=role)
    finally:
        await database.stop()
