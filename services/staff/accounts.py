"""Staff accounts: who may sign in, and for which school they then ask and command."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from services.kit.postgres import Connection, Database, load_queries
from services.staff.passwords import Passwords


class WrongPassword(Exception):
    """The name and the password do not belong together; which of them is wrong is not told."""


class TooManyTries(Exception):
    """Too many wrong passwords for this name: wait."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"wait {wait_s} s")
        self.wait_s = wait_s


class UsernameTaken(Exception):
    """Another school has an account of this name."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    account_id: UUID
    school_id: str
    username: str
    display_name: str

    @property
    def called(self) -> str:
        return self.display_name or self.username

    @classmethod
    def of(cls, row: Record) -> Person:
        return cls(row["account_id"], row["school_id"], row["username"], row["display_name"])


class Accounts:
    """The accounts in the staff schema."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._passwords = Passwords()
        self._sql = load_queries("services.staff")

    async def sign_in(self, username: str, password: str) -> Person:
        """The account's person. WrongPassword or TooManyTries otherwise."""
        name = normal(username)
        await self._begin_try(name)
        account = await self._sql.account_named(self._database.pool, username=name)
        if not await self._passwords.fits(password, account and account["password_hash"]):
            raise WrongPassword
        await self._sql.forget_tries(self._database.pool, username=name)
        return Person.of(account)

    async def put(self, school_id: str, username: str, display_name: str, password: str) -> None:
        """Create or update. A changed password signs the account out everywhere. UsernameTaken by another school."""
        name = normal(username)
        async with self._database.transaction() as connection:
            account = await self._sql.account_named(connection, username=name)
            keeps = account and await self._passwords.fits(password, account["password_hash"])
            password_hash = account["password_hash"] if keeps else await self._passwords.hash(password)
            account_id = await self._put(connection, name, school_id, display_name, password_hash)
            if not keeps:
                await self._sql.close_sessions_of(connection, account_id=account_id)

    async def _put(
        self, connection: Connection, username: str, school_id: str, display_name: str, password_hash: str
    ) -> UUID:
        account_id: UUID | None = await self._sql.put_account(
            connection,
            username=username,
            school_id=school_id,
            display_name=display_name.strip(),
            password_hash=password_hash,
        )
        if account_id is None:
            raise UsernameTaken(username)
        return account_id

    async def _begin_try(self, username: str) -> None:
        if await self._sql.begin_try(self._database.pool, username=username) is None:
            wait_s = await self._sql.seconds_to_wait(self._database.pool, username=username)
            raise TooManyTries(max(1, wait_s or 0))


def normal(username: str) -> str:
    """The one spelling that an account is kept and found under."""
    return unicodedata.normalize("NFKC", username).strip().casefold()[:200]


async def put_account(postgres_url: str, *, school_id: str, username: str, display_name: str, password: str) -> None:
    """Create or update one account, and the tables where they are missing. UsernameTaken by another school."""
    database = Database(postgres_url, "staff", pool_size=1)
    await database.start()
    try:
        await Accounts(database).put(school_id, username, display_name, password)
    finally:
        await database.stop()
