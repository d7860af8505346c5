"""A mail server that is as mail servers are: later, never, silent, or gone in the middle of a mail."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal, get_args

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.home import Home
from deploy.inbox.mailbox import Mailbox
from tests.drills.drill import Setting

Manner = Literal[
    "takes_it",
    "later_once",
    "later_after_data_once",
    "never",
    "never_after_data",
    "takes_it_and_says_nothing",
    "says_nothing",
    "cuts_before_the_end",
    "cuts_after_the_end",
]
SMTP_TIMEOUT_S = 3
SILENCE_S = 60


@dataclass
class RudeServer:
    """Each address has a manner of its own, by a seeded choice; every third is treated well."""

    mailbox: Mailbox
    seed: str
    asked: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        # The names by which aiosmtpd finds its hooks.
        vars(self).update(handle_RCPT=self.on_rcpt, handle_DATA=self.on_data)

    def manner(self, address: str) -> Manner:
        chance = Random(f"{self.seed}-{address}")
        chosen: Manner = chance.choice(("takes_it",) * 4 + get_args(Manner))
        return chosen

    async def on_rcpt(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        manner = self.manner(address)
        self.asked[address] += 1
        if manner == "never":
            return "550 5.1.1 No such user here"
        if manner == "later_once" and self.asked[address] == 1:
            return "451 4.7.1 Greylisted, please try again"
        if manner == "cuts_before_the_end" and self.asked[address] == 1:
            cut(server)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def on_data(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        [address] = envelope.rcpt_tos
        manner = self.manner(address)
        if manner == "never_after_data":
            return "554 5.6.0 We do not like what it says"
        if manner == "later_after_data_once" and self.asked[address] == 1:
            return "451 4.3.0 Not now"
        if manner != "says_nothing":
            await self._keep(envelope)
        if manner in ("says_nothing", "takes_it_and_says_nothing"):
            await asyncio.sleep(SILENCE_S)
        if manner == "cuts_after_the_end":
            cut(server)
        return "250 OK"

    async def _keep(self, envelope: Envelope) -> None:
        assert envelope.original_content is not None
        await asyncio.to_thread(self.mailbox.keep, envelope.original_content)


def cut(server: SMTP) -> None:
    """The connection is gone, without a word."""
    transport = server.transport
    assert isinstance(transport, asyncio.WriteTransport)
    transport.abort()


async def rude(running: AsyncExitStack, home: Home, chance: Random) -> Setting:
    """Mails go to the rude server instead of to the inbox."""
    folder = home.folder / "rude-mail"
    hands = RudeServer(Mailbox(folder), str(chance.random()))

    def session() -> Any:
        return SMTP(hands, hostname="rude", enable_SMTPUTF8=True)

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)
    running.callback(server.close)
    port = server.sockets[0].getsockname()[1]
    told = {
        "LAUREL_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "LAUREL_SMTP_TIMEOUT_S": str(SMTP_TIMEOUT_S),
        # All families of the drill have addresses of one domain.
        "LAUREL_SMTP_PER_DOMAIN": "8",
    }
    return Setting(told=lambda service: told if service == "notification" else {}, mails=folder)
