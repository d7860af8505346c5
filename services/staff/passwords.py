"""Passwords are kept as argon2id hashes; checking one costs the same whether or not the account exists."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

SIDE_BY_SIDE = 2
"""How many are hashed at once: each takes 64 MiB and a core."""


NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$kS7XZ+B37VGKV9W9HXjBjA$OqkVr4guQlKUj2/yLHsSOh4Vk4+qBSjV9Q1oRiMQI0U"
"""A hash by the same profile, to spend as long on a name that nobody has. No password opens anything with it."""


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
