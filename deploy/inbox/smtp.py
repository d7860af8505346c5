"""The SMTP side: every recipient is welcome but those of one domain, and 250 means that the mail is on the disk."""

from __future__ import annotations

import asyncio
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.inbox.mailbox import Mailbox
from services.kit.telemetry import get_logger

LARGEST_MAIL = 32 * 1024 * 1024
NOBODY = "@nobody.example"
"""Addresses that no server knows: so that one can see what becomes of a mail that bounces."""


class Keeper:
    """aiosmtpd's handler."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        # The names under which aiosmtpd looks for them.
        self.handle_RCPT = self.welcome
        self.handle_DATA = self.keep

    async def welcome(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.casefold().endswith(NOBODY):
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def keep(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content
        assert content is not None
        path = await asyncio.to_thread(self._mailbox.keep, content)
        get_logger().info("mail_kept", file=path.name)
        return "250 OK: kept in the inbox"


class SmtpListener:
    """A part of the inbox's app."""

    name = "smtp"

    def __init__(self, mailbox: Mailbox, port: int, host: str = "127.0.0.1") -> None:
        self._keeper = Keeper(mailbox)
        self._host = host
        self._port = port
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, self._host, self._port)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    async def ready(self) -> bool:
        return self._server is not None and self._server.is_serving()

    def _session(self) -> Any:
        return SMTP(self._keeper, hostname="laurel-inbox", enable_SMTPUTF8=True, data_size_limit=LARGEST_MAIL)
