"""LAUREL_HOME: the folder where an embedded stack keeps all that it must find again."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

DEFAULT_HOME = ".laurel"
ANOTHER_HOME = "be that user, or set LAUREL_HOME to another folder"


class AlreadyRunning(Exception):
    """Another stack lives in this home; the text says where to look."""


class HomeUnusable(Exception):
    """The folder cannot be written to, or is another user's; the text says what to do."""


class Home:
    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.endpoints = self.folder / "endpoints.json"
        self.mail = self.folder / "mail"
        self.logs = self.folder / "logs"
        self.artefacts = self.folder / "artefacts"
        self._lock = self.folder / "lock"
        self.demo = self.folder / "demo"
        """What the walk saves for a person to look at."""

    @classmethod
    def from_environment(cls) -> Home:
        return cls(Path(os.environ.get("LAUREL_HOME") or DEFAULT_HOME))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """For one stack alone, as long as its process lives; AlreadyRunning for the second."""
        self._make_folders()
        with self._lock.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunning(f"a stack is already running in {self.folder}, see {self.endpoints}") from None
            yield

    def kept(self, name: str, choose: Callable[[dict[str, str]], dict[str, str]]) -> dict[str, str]:
        """What was chosen at an earlier start, `choose`d anew where anything is missing, and kept for the next."""
        path = self.folder / name
        before: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        chosen = choose(before)
        if chosen != before:
            write_private(path, chosen)
        return chosen

    def _make_folders(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # Mail, PDFs and logs are of children: for their owner's eyes only.
            for private in (self.mail, self.logs, self.artefacts, self.demo):
                private.mkdir(mode=0o700, exist_ok=True)
            self._lock.touch(mode=0o600)
        except PermissionError as error:
            raise HomeUnusable(f"{error.filename} is not yours to write: {ANOTHER_HOME}") from error
        owner = self._lock.stat().st_uid
        if owner != os.geteuid():
            # Root could write there, and would leave files behind that the owner cannot read.
            raise HomeUnusable(f"{self.folder} is in use by another user (id {owner}): {ANOTHER_HOME}")


def write_private(path: Path, content: dict[str, str]) -> None:
    """JSON that only its owner may read, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(content, indent=2) + "\n")
    unfinished.replace(path)
