"""The inbox's composition: an SMTP listener and the pages, over one folder of mails."""

from __future__ import annotations

from starlette.applications import Starlette

from deploy.inbox.mailbox import Mailbox
from deploy.inbox.pages import Pages
from deploy.inbox.settings import InboxSettings
from deploy.inbox.smtp import SmtpListener
from services.kit.service import build_service
from services.kit.telemetry import Metrics


def build_app(settings: InboxSettings) -> Starlette:
    mailbox = Mailbox(settings.mail_folder)
    listener = SmtpListener(mailbox, settings.smtp_port, settings.http_host)
    return build_service(Metrics(), parts=[listener], routes=Pages(mailbox).routes)
