"""`laurel staff add USER`: a staff account, in the running stack or wherever the `LAUREL_*` variables point."""

from __future__ import annotations

import getpass
import os
import sys

from deploy.addresses import Addresses, chosen_school
from deploy.endpoints import read_endpoints
from deploy.home import Home
from services.staff.accounts import UsernameTaken, put_account

SHORTEST_PASSWORD = 10


class PasswordTooShort(Exception):
    """The text says how long it must be."""


async def add_staff(home: Home, username: str, display_name: str) -> None:
    """Create the account, or give it a new name and password; the password is asked for, or read from stdin.

    PasswordTooShort, or UsernameTaken by another school.
    """
    postgres_url, school_id = _where(home)
    password = _password(username)
    try:
        await put_account(
            postgres_url, school_id=school_id, username=username, display_name=display_name, password=password
        )
    except UsernameTaken:
        raise UsernameTaken(f"{username} is an account of another school: choose another name") from None


def _password(username: str) -> str:
    asked = getpass.getpass(f"Password for {username}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if len(asked) < SHORTEST_PASSWORD:
        raise PasswordTooShort(f"a password has at least {SHORTEST_PASSWORD} characters")
    return asked


def _where(home: Home) -> tuple[str, str]:
    """The URL of Postgres (as the role staff), and the school."""
    postgres_url = os.environ.get("LAUREL_POSTGRES_URL")
    if postgres_url:
        return postgres_url, chosen_school()
    school_id = read_endpoints(home).school
    return Addresses.of(home).postgres("staff"), school_id
