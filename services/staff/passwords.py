"""Passwords: kept as argon2id hashes, checked at the same cost whether or not the account exists, and good enough."""

from __future__ import annotations

import asyncio
import hashlib
import hmac

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

SIDE_BY_SIDE = 2
"""How many are hashed at once: each takes 64 MiB and a core."""

SHORTEST, LONGEST = 10, 200
FEWEST_DIFFERENT = 5

LETTERS = "23456789abcdefghjkmnpqrstvwxyz"
"""No two of them look alike on paper."""
GROUPS, GROUP = 4, 4
"""16 letters of 30: 78 bits."""

NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$kS7XZ+B37VGKV9W9HXjBjA$OqkVr4guQlKUj2/yLHsSOh4Vk4+qBSjV9Q1oRiMQI0U"
"""A hash by the same profile, to spend as long on a name that nobody has. No password opens anything with it."""


class WeakPassword(Exception):
    """It would be guessed too soon; the text says what to do."""


class Passwords:
    def __init__(self) -> None:
        self._hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._room = asyncio.Semaphore(SIDE_BY_SIDE)

    async def hash(self, password: str) -> str:
        async with self._room:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, password: str, password_hash: str | None) -> bool:
        """Whether it is the right password. Without an account (None) it is wrong, at the usual cost."""
        async with self._room:
            right = await asyncio.to_thread(self._verify, password, password_hash or NOBODYS)
        return right and password_hash is not None

    def _verify(self, password: str, password_hash: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except VerifyMismatchError:
            return False


def see_that_it_is_good(password: str, username: str) -> None:
    """WeakPassword where it is not. Long is what counts: nobody is made to use a capital and a digit."""
    if len(password) < SHORTEST:
        raise WeakPassword(f"A password has at least {SHORTEST} characters. Three or four words make a good one.")
    if len(password) > LONGEST:
        raise WeakPassword(f"A password has at most {LONGEST} characters.")
    if len(set(password.casefold())) < FEWEST_DIFFERENT:
        raise WeakPassword(f"Use at least {FEWEST_DIFFERENT} different characters.")
    if username and username in password.casefold():
        raise WeakPassword("Leave the username out of the password.")


def one_time_password(secret: str, press_id: str) -> str:
    """For another person's first sign-in, such as `k7mq-w2xh-9tbn-c4rd`.

    The same for the same form of the same session, so that a button pressed twice gives one password, and nothing has
    to be kept to show it. `secret` is the session's token.
    """
    drawn = hmac.digest(secret.encode(), f"one-time password:{press_id}".encode(), hashlib.sha512)
    number = int.from_bytes(drawn, "big")
    letters = []
    for _ in range(GROUPS * GROUP):
        number, place = divmod(number, len(LETTERS))
        letters.append(LETTERS[place])
    return "-".join("".join(letters[at : at + GROUP]) for at in range(0, len(letters), GROUP))
