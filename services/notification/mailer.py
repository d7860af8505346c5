"""One conversation with the mail server, and what is known after it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPRecipientRefused, SMTPResponseException, SMTPSenderRefused

PERMANENT = 500
"""Answers from here on are for good (RFC 5321, 4.2.1)."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    host: str
    port: int
    user: str | None
    password: str | None
    tls: Literal["none", "starttls", "direct"]

    @classmethod
    def from_url(cls, url: str) -> SmtpServer:
        """`smtp://[user:password@]host[:port][?starttls=true]` or `smtps://…`. ValueError for anything else."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("an SMTP URL begins with smtp:// or smtps:// and names a host")
        starttls = parse_qs(parts.query).get("starttls") == ["true"]
        direct = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if direct else 587 if starttls else 25),
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls="direct" if direct else "starttls" if starttls else "none",
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """`accepted`; `away`: nobody took it, try again soon; `deferred`: the server says later; `refused`: for good;
    `refused_address`: for good, and so will every other mail to it be; `unknown`: it may be out, or may not."""

    kind: Literal["accepted", "away", "deferred", "refused", "refused_address", "unknown"]
    reason: str | None = None


class Mailer:
    def __init__(self, server: SmtpServer, timeout_s: float) -> None:
        self._server = server
        self._timeout_s = timeout_s

    async def send(
        self, content: bytes, sender: str, recipient: str, before_data: Callable[[], Awaitable[None]]
    ) -> Outcome:
        """Hand a whole message over. `before_data` is the last step that leaves no doubt; its errors end it all."""
        client = self._client()
        try:
            try:
                await client.connect()
                await client.mail(sender)
                await client.rcpt(recipient)
            except (SMTPException, OSError) as error:
                return _before_data(error)
            await before_data()
            try:
                await client.data(content)
            except (SMTPException, OSError) as error:
                return _after_data(error)
            # The mail is theirs now, whether or not they say goodbye.
            with contextlib.suppress(SMTPException, OSError):
                await client.quit()
            return Outcome("accepted")
        finally:
            client.close()

    def _client(self) -> SMTP:
        return SMTP(
            hostname=self._server.host,
            port=self._server.port,
            username=self._server.user,
            password=self._server.password,
            use_tls=self._server.tls == "direct",
            start_tls=self._server.tls == "starttls",
            timeout=self._timeout_s,
            # Asking DNS for our own full name can take longer than the whole mail.
            local_hostname=socket.gethostname(),
        )


def _before_data(error: Exception) -> Outcome:
    """Nothing was sent yet. A refused greeting or log-in is a fault of ours, not of the mail: it waits."""
    if isinstance(error, SMTPRecipientRefused) and error.code >= PERMANENT:
        return Outcome("refused_address", _answer(error))
    if isinstance(error, SMTPRecipientRefused | SMTPSenderRefused):
        return _by_code(error)
    return Outcome("away", _answer(error))


def _after_data(error: Exception) -> Outcome:
    if isinstance(error, SMTPResponseException):
        return _by_code(error)
    return Outcome("unknown", _answer(error))


def _by_code(error: SMTPResponseException) -> Outcome:
    return Outcome("refused" if error.code >= PERMANENT else "deferred", _answer(error))


def _answer(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        return f"The mail server answered: {error.code} {' '.join(str(error.message).split())}"[:500]
    return f"The mail server did not answer ({type(error).__name__})."
