"""Mails as files: one `.eml` each, named by time, whole or not there."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

NAME = re.compile(r"\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}")


class NoSuchMail(Exception):
    """No mail of this name is kept."""


@dataclass(frozen=True, slots=True)
class Mail:
    name: str
    """The file's name without `.eml`; the order of names is the order of arrival."""
    received_at: datetime
    message: EmailMessage


class Mailbox:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, content: bytes) -> Path:
        """Written to the disk for good when this returns."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}"
        unfinished, finished = self._folder / f".{name}", self._folder / f"{name}.eml"
        with unfinished.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(finished)
        _sync_folder(self._folder)
        return finished

    def newest(self, limit: int) -> list[Mail]:
        return [self.read(name) for name in self._names()[:limit]]

    def read(self, name: str) -> Mail:
        """NoSuchMail where there is none."""
        path = self._folder / f"{name}.eml"
        if not NAME.fullmatch(name) or not path.is_file():
            raise NoSuchMail(name)
        received_at = datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
        return Mail(name, received_at, BytesParser(EmailMessage, policy=policy.default).parsebytes(path.read_bytes()))

    def count(self) -> int:
        return len(self._names())

    def _names(self) -> list[str]:
        return sorted((path.stem for path in self._folder.glob("*.eml") if NAME.fullmatch(path.stem)), reverse=True)


def _sync_folder(folder: Path) -> None:
    """A rename is on the disk when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
