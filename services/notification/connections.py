"""Conversations with the mail server that stay open for the next mail."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from dataclasses import dataclass

from aiosmtplib import SMTP, SMTPException

from services.kit.telemetry import get_logger
from services.notification.mail_server import SmtpServer
from services.notification.retry import delay_when_away

MOST_MAILS = 100
"""In one conversation: servers count, and some end it from then on."""
IDLE_S = 20.0
"""Servers and what lies between forget a silent conversation after some minutes, not always aloud."""
REAP_S = 2.0


@dataclass(slots=True, eq=False)
class Connection:
    client: SMTP
    mails: int = 0
    idle_since: float = 0.0

    @property
    def is_used(self) -> bool:
        """It may have died since, unnoticed."""
        return self.mails > 0

    @property
    def is_tired(self) -> bool:
        return not self.client.is_connected or self.mails >= MOST_MAILS

    @property
    def was_idle_too_long(self) -> bool:
        return time.monotonic() - self.idle_since > IDLE_S


class Connections:
    """As many as are needed at once: whoever takes one gives it back or drops it."""

    name = "smtp"

    def __init__(self, server: SmtpServer, tls: ssl.SSLContext, timeout_s: float) -> None:
        self._server = server
        self._tls = tls
        self._timeout_s = timeout_s
        self._idle: list[Connection] = []
        self._in_use: set[Connection] = set()
        self._failures = 0
        self._away_until = 0.0
        self._reaper: asyncio.Task[None] | None = None

    # --- life

    async def start(self) -> None:
        if self._server.shows_password_to_all:
            get_logger().warning("mail_password_in_the_clear", remedy="smtps:// or ?starttls=true in LAUREL_SMTP_URL")
        self._reaper = asyncio.create_task(self._reap())

    async def stop(self) -> None:
        if self._reaper is not None:
            self._reaper.cancel()
        await self._part_with(list(self._idle))

    async def ready(self) -> bool:
        """A mail server that is away is no reason to be: mails wait."""
        return self._reaper is not None and not self._reaper.done()

    # --- whether to try

    @property
    def is_doubtful(self) -> bool:
        """No conversation could be begun lately: one try at a time will tell."""
        return self._failures > 0 and not self._idle and not self._in_use

    @property
    def is_away(self) -> bool:
        """And it is too early to try again: a server that refuses a log-in is not to be asked again and again."""
        return self.is_doubtful and time.monotonic() < self._away_until

    # --- one mail's

    async def take(self) -> Connection:
        """One that is open already, the last that was used, else a new one; errors as `open`."""
        while self._idle:
            connection = self._idle.pop()
            if connection.client.is_connected and not connection.was_idle_too_long:
                self._in_use.add(connection)
                return connection
            connection.client.close()
        return await self.open()

    async def open(self) -> Connection:
        """Greeted, encrypted as asked for, and logged in. SMTPException or OSError where it comes to nothing."""
        client = self._client()
        try:
            await client.connect()
        except BaseException as error:
            client.close()
            if isinstance(error, SMTPException | OSError):
                self._note_failure()
            raise
        self._failures = 0
        connection = Connection(client)
        self._in_use.add(connection)
        return connection

    async def give_back(self, connection: Connection, *, in_the_middle: bool = False) -> None:
        """For the next mail. `in_the_middle`: this one did not come to its end, and the server is to forget it."""
        self._in_use.discard(connection)
        connection.mails += 1
        if in_the_middle:
            with contextlib.suppress(SMTPException, OSError):
                await connection.client.rset()
                in_the_middle = False
        if in_the_middle:
            connection.client.close()
        elif connection.is_tired:
            await self._part_with([connection])
        else:
            connection.idle_since = time.monotonic()
            self._idle.append(connection)

    def drop(self, connection: Connection) -> None:
        """Nobody knows how far this conversation got."""
        self._in_use.discard(connection)
        connection.client.close()

    def _client(self) -> SMTP:
        return SMTP(
            hostname=self._server.host,
            port=self._server.port,
            username=self._server.user,
            password=self._server.password,
            use_tls=self._server.tls == "direct",
            start_tls=self._server.tls == "starttls",
            tls_context=self._tls,
            timeout=self._timeout_s,
            # Asking DNS for our own full name can take longer than the whole mail.
            local_hostname=socket.gethostname(),
        )

    def _note_failure(self) -> None:
        """Several that failed together are one failure."""
        now = time.monotonic()
        if now >= self._away_until:
            self._away_until = now + delay_when_away(self._failures).total_seconds()
            self._failures += 1

    async def _reap(self) -> None:
        while True:
            await asyncio.sleep(REAP_S)
            await self._part_with([each for each in self._idle if each.was_idle_too_long or each.is_tired])

    async def _part_with(self, connections: list[Connection]) -> None:
        for connection in connections:
            if connection in self._idle:
                self._idle.remove(connection)
            with contextlib.suppress(SMTPException, OSError):
                await connection.client.quit()
            connection.client.close()
