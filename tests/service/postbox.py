"""A mail server on a real socket, that can be told to misbehave."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Literal

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.embedded.process import free_port

Whim = Literal["later", "refuse", "refuse_content", "later_at_data", "cut_before_data", "cut_after_data"]


@dataclass
class Postbox:
    port: int
    whims: deque[Whim] = field(default_factory=deque)
    """What to do with the next mails; then every mail is taken."""
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    attempts: int = 0
    held: asyncio.Event = field(default_factory=asyncio.Event)
    """Clear it, and no DATA is answered until it is set."""

    def __post_init__(self) -> None:
        # The names by which aiosmtpd finds its hooks.
        vars(self).update(handle_RCPT=self._on_rcpt, handle_DATA=self._on_data)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def _whim(self, *kinds: Whim) -> Whim | None:
        return self.whims.popleft() if self.whims and self.whims[0] in kinds else None

    async def _on_rcpt(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.attempts += 1
        match self._whim("later", "refuse", "cut_before_data"):
            case "later":
                return "451 4.7.1 Greylisted, please try again"
            case "refuse":
                return "550 5.1.1 No such user here"
            case "cut_before_data":
                _cut(server)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def _on_data(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await self.held.wait()
        match self._whim("refuse_content", "later_at_data", "cut_after_data"):
            case "refuse_content":
                return "554 5.7.1 We do not like it"
            case "later_at_data":
                return "452 4.3.1 Out of space"
            case "cut_after_data":
                self._take(envelope)
                _cut(server)
                return "250 nobody hears this"
        self._take(envelope)
        return "250 OK"

    def _take(self, envelope: Envelope) -> None:
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        self.recipients.extend(envelope.rcpt_tos)


def _cut(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


@asynccontextmanager
async def listening(postbox: Postbox) -> AsyncIterator[Postbox]:
    """The postbox, open for mail."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(postbox, loop=loop), "127.0.0.1", postbox.port)
    yield postbox
    server.close()
    await server.wait_closed()


def new_postbox() -> Postbox:
    postbox = Postbox(free_port())
    postbox.held.set()
    return postbox


def text_of(message: EmailMessage) -> str:
    return _part(message, "plain")


def html_of(message: EmailMessage) -> str:
    return _part(message, "html")


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content
