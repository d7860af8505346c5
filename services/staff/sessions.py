"""Sessions: a cookie with a token, of which only the hash is kept.

The browser gets a token before anybody signs in, so that the sign-in form too can prove where it came from;
signing in replaces it, so that a token from before is worth nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from starlette.requests import Request
from starlette.responses import Response

from services.kit.postgres import Database, load_queries
from services.staff.accounts import Person

COOKIE = "laurel_staff"


def new_token() -> str:
    return secrets.token_urlsafe(32)


def token_of(request: Request) -> str | None:
    return request.cookies.get(COOKIE)


def form_token(token: str) -> str:
    """What every form carries: derived from the cookie, which a foreign site cannot read."""
    return hashlib.sha256(f"form:{token}".encode()).hexdigest()


def is_our_form(token: str | None, shown: object) -> bool:
    return token is not None and hmac.compare_digest(form_token(token).encode(), str(shown).encode())


def give_token(request: Request, response: Response, token: str) -> None:
    """Until the browser closes; the session itself ends as `Sessions` says."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=request.url.scheme == "https")


class Sessions:
    """The sessions in the staff schema. One ends when nothing is done with it for a while, and after a day's work.

    A closed account has none, and another role or password ends those that there are (people.py, accounts.py).
    """

    def __init__(self, database: Database, *, idle_s: float, lasts_s: float) -> None:
        self._database = database
        self._sql = load_queries("services.staff")
        self._idle_s = idle_s
        self._lasts_s = lasts_s

    async def open(self, person: Person) -> str:
        """The token of a new session."""
        token = new_token()
        await self._sql.forget_expired_sessions(self._database.pool, idle_s=self._idle_s)
        await self._sql.open_session(
            self._database.pool, token_hash=_hash(token), account_id=person.account_id, lasts_s=self._lasts_s
        )
        return token

    async def person(self, token: str | None) -> Person | None:
        """Who is signed in; None for no token, an unknown one and one that has ended."""
        if token is None:
            return None
        row = await self._sql.person_of_session(self._database.pool, token_hash=_hash(token), idle_s=self._idle_s)
        return Person.of(row) if row else None

    async def close(self, token: str) -> None:
        await self._sql.close_session(self._database.pool, token_hash=_hash(token))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
