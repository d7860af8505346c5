"""A mail server on a real socket, that can be told to misbehave."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from deploy.embedded.process import free_port

Whim = Literal[
    "closing",
    "refuse_sender",
    "later",
    "refuse",
    "full",
    "policy",
    "refuse_content",
    "later_at_data",
    "cut_before_data",
    "cut_after_data",
]


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
    slow_domain: str | None = None
    """`held` is for mails to this domain alone."""
    tls: ssl.SSLContext | None = None
    manner: Literal["none", "starttls", "direct"] = "none"
    password: str | None = None
    """Who does not show it is not welcome."""
    shown: list[str] = field(default_factory=list)
    """The passwords that were shown."""
    senders: list[str] = field(default_factory=list)
    """The envelopes' senders, of mails that were taken."""
    conversations: list[SMTP] = field(default_factory=list)
    in_hand: Counter[str] = field(default_factory=Counter)
    most_in_hand: Counter[str] = field(default_factory=Counter)
    """By domain: mails that waited for the answer to DATA."""

    def __post_init__(self) -> None:
        # The names by which aiosmtpd finds its hooks.
        vars(self).update(handle_MAIL=self._on_mail, handle_RCPT=self._on_rcpt, handle_DATA=self._on_data)

    @property
    def url(self) -> str:
        scheme = "smtps" if self.manner == "direct" else "smtp"
        who = f"laurel:{self.password}@" if self.password else ""
        return f"{scheme}://{who}127.0.0.1:{self.port}" + ("?starttls=true" if self.manner == "starttls" else "")

    @property
    def open_conversations(self) -> int:
        return sum(one.transport is not None and not one.transport.is_closing() for one in self.conversations)

    def hang_up(self) -> None:
        """As a server does after a while of silence."""
        for conversation in self.conversations:
            if conversation.transport is not None:
                conversation.transport.close()

    def conversation(self) -> SMTP:
        with_tls = self.tls if self.manner == "starttls" else None
        with warnings.catch_warnings():
            # That it asks for a password in the clear is what some tests are about.
            warnings.simplefilter("ignore")
            conversation = SMTP(
                self,
                loop=asyncio.get_running_loop(),
                hostname="postbox",
                tls_context=with_tls,
                require_starttls=with_tls is not None,
                authenticator=self._on_login if self.password else None,
                auth_required=self.password is not None,
                auth_require_tls=False,
            )
        self.conversations.append(conversation)
        return conversation

    def _on_login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, credential: LoginPassword
    ) -> AuthResult:
        shown = credential.password.decode()
        self.shown.append(shown)
        return AuthResult(success=shown == self.password, handled=False)

    async def _on_mail(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        match self._whim("closing", "refuse_sender"):
            case "closing":
                return "421 4.4.2 Timeout, closing"
            case "refuse_sender":
                return "553 5.7.1 Sender address rejected: not owned by user"
        envelope.mail_from = address
        return "250 OK"

    def _whim(self, *kinds: Whim) -> Whim | None:
        return self.whims.popleft() if self.whims and self.whims[0] in kinds else None

    async def _on_rcpt(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.attempts += 1
        match self._whim("later", "refuse", "full", "policy", "cut_before_data"):
            case "later":
                return "451 4.7.1 Greylisted, please try again"
            case "refuse":
                return "550 5.1.1 No such user here"
            case "full":
                return "552 5.2.2 Mailbox is full"
            case "policy":
                return "550 5.7.1 Your server is on a list"
            case "cut_before_data":
                _cut(server)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def _on_data(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        domain = envelope.rcpt_tos[0].rpartition("@")[2]
        self.in_hand[domain] += 1
        self.most_in_hand[domain] = max(self.most_in_hand[domain], self.in_hand[domain])
        try:
            if self.slow_domain in (None, domain):
                await self.held.wait()
            return self._answer_to_data(server, envelope)
        finally:
            self.in_hand[domain] -= 1

    def _answer_to_data(self, server: SMTP, envelope: Envelope) -> str:
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
        self.senders.append(str(envelope.mail_from))


def _cut(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


@asynccontextmanager
async def listening(postbox: Postbox) -> AsyncIterator[Postbox]:
    """The postbox, open for mail."""
    direct = postbox.tls if postbox.manner == "direct" else None
    server = await asyncio.get_running_loop().create_server(postbox.conversation, "127.0.0.1", postbox.port, ssl=direct)
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
