"""`laurel staff add USER`: a staff account, in the running stack or wherever the `LAUREL_*` variables point."""

from __future__ import annotations

import getpass
import os
import sys

from deploy.addresses import Addresses, chosen_school
from deploy.endpoints import read_endpoints
from deploy.home import Home
from services.staff.accounts import normal
from services.staff.passwords import see_that_it_is_good
from services.staff.people import LastManager, RoleNotSaid, UsernameTaken, put_account
from services.staff.roles import Role


async def add_staff(home: Home, username: str, display_name: str | None, role: Role | None) -> None:
    """Create the account, or change what is given and reopen it; the password is asked for, or read from stdin.

    WeakPassword, UsernameTaken by another school, RoleNotSaid, or LastManager.
    """
    postgres_url, school_id = _where(home)
    password = _password(username)
    try:
        await put_account(
            postgres_url,
            school_id=school_id,
            username=username,
            display_name=display_name,
            password=password,
            role=role,
        )
    except UsernameTaken:
        raise UsernameTaken(f"{username} is an account of another school: choose another name") from None
    except RoleNotSaid:
        raise RoleNotSaid(
            f"say what {username} may do, with {' or '.join(f'--role {role}' for role in Role)}"
        ) from None
    except LastManager:
        raise LastManager(f"{username} is the school's only manager: make somebody else one first") from None


def _password(username: str) -> str:
    asked = getpass.getpass(f"Password for {username}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    see_that_it_is_good(asked, normal(username))
    return asked


def _where(home: Home) -> tuple[str, str]:
    """The URL of Postgres (as the role staff), and the school."""
    postgres_url = os.environ.get("LAUREL_POSTGRES_URL")
    if postgres_url:
        return postgres_url, chosen_school()
    school_id = read_endpoints(home).school
    return Addresses.of(home).postgres("staff"), school_id
