"""What the inbox is told."""

from __future__ import annotations

from pathlib import Path

from services.kit.settings import ServiceSettings


class InboxSettings(ServiceSettings):
    http_port: int = 8025
    smtp_port: int = 1025
    mail_folder: Path = Path(".laurel/mail")
