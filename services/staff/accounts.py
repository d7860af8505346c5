"""Staff accounts: who may sign in, and for which school they then ask and command."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from services.kit.postgres import Database, load_queries
from services.staff.passwords import Passwords, WeakPassword, see_that_it_is_good
from services.staff.roles import Role


class WrongPassword(Exception):
    """The name and the password do not belong together; which of them is wrong is not told."""


class TooManyTries(Exception):
    """Too many wrong passwords for this name: wait."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"wait {wait_s} s")
        self.wait_s = wait_s


class AccountClosed(Exception):
    """The password is right, and a manager has closed the account."""


class PasswordEnded(Exception):
    """The password is right, and was for a first sign-in that has not happened in time."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    account_id: UUID
    school_id: str
    username: str
    display_name: str
    role: Role
    password_is_given: bool
    """By somebody else: they have to choose their own before anything else."""

    @property
    def called(self) -> str:
        return self.display_name or self.username

    def may(self, needed: str) -> bool:
        """Whether their role is enough for what needs that one: `may("office")`."""
        return self.role.may(Role(needed))

    @classmethod
    def of(cls, row: Record) -> Person:
        return cls(
            row["account_id"],
            row["school_id"],
            row["username"],
            row["display_name"],
            Role(row["role"]),
            row["password_given_at"] is not None,
        )


class Accounts:
    """Signing in to the accounts in the staff schema."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords
        self._sql = load_queries("services.staff")

    async def sign_in(self, username: str, password: str) -> Person:
        """The account's person. WrongPassword, TooManyTries, AccountClosed or PasswordEnded otherwise."""
        # Nobody is called by a name with a NUL in it, and Postgres would not look for one.
        account = await self._proven(normal(username).replace("\x00", "\ufffd"), password)
        if account["closed_at"]:
            raise AccountClosed
        if account["password_ended"]:
            raise PasswordEnded
        await self._sql.signed_in(self._database.pool, account_id=account["account_id"])
        return Person.of(account)

    async def choose_password(self, person: Person, current: str, chosen: str) -> None:
        """Their own from now on, and every session of theirs ends. WrongPassword, TooManyTries or WeakPassword."""
        see_that_it_is_good(chosen, person.username)
        await self._proven(person.username, current)
        if chosen == current:
            raise WeakPassword("That is the password you have. Choose another.")
        password_hash = await self._passwords.hash(chosen)
        key = {"account_id": person.account_id}
        async with self._database.transaction() as connection:
            await self._sql.set_password(connection, **key, password_hash=password_hash, given=False)
            await self._sql.close_sessions_of(connection, **key)
            await self._sql.note_own_password(connection, **key, who=person.called)

    async def _proven(self, name: str, password: str) -> Record:
        """The account, if the password is its own. Every try counts."""
        await self._begin_try(name)
        account: Record | None = await self._sql.account_named(self._database.pool, username=name)
        fits = await self._passwords.fits(password, account["password_hash"] if account else None)
        if account is None or not fits:
            raise WrongPassword
        await self._sql.forget_tries(self._database.pool, username=name)
        return account

    async def _begin_try(self, username: str) -> None:
        if await self._sql.begin_try(self._database.pool, username=username) is None:
            wait_s = await self._sql.seconds_to_wait(self._database.pool, username=username)
            raise TooManyTries(max(1, wait_s or 0))


def normal(username: str) -> str:
    """The one spelling that an account is kept and found under."""
    return unicodedata.normalize("NFKC", username).strip().casefold()[:200]
