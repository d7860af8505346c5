"""`python -m tests.bench.distant_inbox`: the stack's inbox, as far away as a mail server is that others run."""

from __future__ import annotations

import asyncio
from typing import Any

from aiosmtpd.smtp import SMTP

from deploy.inbox.mailbox import Mailbox
from deploy.inbox.settings import InboxSettings
from deploy.inbox.smtp import SmtpListener
from services.kit.service import build_service, run_service
from services.kit.telemetry import Metrics


class DistantSettings(InboxSettings):
    answers_after_s: float = 0.0
    """What each answer takes to come, besides the time that it takes to be given."""


class DistantSmtp(SMTP):
    answers_after_s = 0.0

    async def push(self, status: Any) -> None:
        if self.answers_after_s:
            await asyncio.sleep(self.answers_after_s)
        await super().push(status)


class DistantListener(SmtpListener):
    def __init__(self, settings: DistantSettings) -> None:
        super().__init__(Mailbox(settings.mail_folder), settings.smtp_port)
        self._answers_after_s = settings.answers_after_s

    def _session(self) -> Any:
        session = DistantSmtp(self._keeper, hostname="distant-inbox")
        session.answers_after_s = self._answers_after_s
        return session


def main() -> None:
    settings = DistantSettings()
    run_service("inbox", build_service(Metrics(), parts=[DistantListener(settings)]), settings)


if __name__ == "__main__":
    main()
