"""One mail handed to the mail server, and what is known after it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiosmtplib import SMTPException, SMTPResponseException

from services.notification.connections import Connection, Connections
from services.notification.replies import CLOSING, Outcome, after_data, before_data


class Mailer:
    def __init__(self, connections: Connections, at_once: int) -> None:
        """`at_once`: mails that the server is given side by side; further ones wait for their turn."""
        self._connections = connections
        self._turns = asyncio.Semaphore(at_once)

    async def send(self, content: bytes, sender: str, recipient: str, begin: Callable[[], Awaitable[None]]) -> Outcome:
        """Hand a whole message over. `begin` is the last step that leaves no doubt; its errors end it all."""
        async with self._turns:
            return await self._send(content, sender, recipient, begin)

    async def _send(self, content: bytes, sender: str, recipient: str, begin: Callable[[], Awaitable[None]]) -> Outcome:
        try:
            connection = await self._addressed(sender, recipient)
        except (SMTPException, OSError) as error:
            return before_data(error)
        try:
            await begin()
        except BaseException:
            await self._connections.give_back(connection, in_the_middle=True)
            raise
        return await self._handed_over(connection, content)

    async def _addressed(self, sender: str, recipient: str) -> Connection:
        """A conversation in which the server would take the message now.

        Nothing was sent yet: where one that was kept open turns out to be over, the next one is as good.
        """
        connection = await self._connections.take()
        try:
            return await self._address(connection, sender, recipient)
        except (SMTPException, OSError) as error:
            if not (connection.is_used and _is_the_end(error)):
                raise
        return await self._address(await self._connections.open(), sender, recipient)

    async def _address(self, connection: Connection, sender: str, recipient: str) -> Connection:
        try:
            await connection.client.mail(sender)
            await connection.client.rcpt(recipient)
        except BaseException as error:
            await self._part(connection, error)
            raise
        return connection

    async def _handed_over(self, connection: Connection, content: bytes) -> Outcome:
        try:
            await connection.client.data(content)
        except BaseException as error:
            await self._part(connection, error)
            if isinstance(error, SMTPException | OSError):
                return after_data(error)
            raise
        await self._connections.give_back(connection)
        return Outcome("accepted")

    async def _part(self, connection: Connection, error: BaseException) -> None:
        """A conversation in which the server said no goes on; whatever else happened was its end."""
        if _is_the_end(error):
            self._connections.drop(connection)
        else:
            await self._connections.give_back(connection, in_the_middle=True)


def _is_the_end(error: BaseException) -> bool:
    return not isinstance(error, SMTPResponseException) or error.code == CLOSING
