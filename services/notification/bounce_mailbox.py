"""Mails that came back into a mailbox: a Maildir folder or an mbox file."""

from __future__ import annotations

import asyncio
import contextlib
import mailbox
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from services.kit.delivery import passes_by_itself
from services.kit.telemetry import get_logger
from services.notification.bouncing import Bouncing, Heard
from services.notification.delivery_report import Unreadable, returned

Box: TypeAlias = mailbox.Maildir | mailbox.mbox

POLL_S = 2.0
AT_ONCE = 20
ASIDE = "aside"
LARGEST = 5_000_000
"""Bytes that are read of one: what it says comes before the mail that it returns."""


class BounceMailbox:
    """What was ours and is recorded is taken out, what cannot be read is put aside, and the rest is left."""

    name = "bounces"

    def __init__(self, path: Path, bouncing: Bouncing) -> None:
        self._path = path
        self._bouncing = bouncing
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        if not self._path.exists():
            get_logger().warning("no_mailbox_for_bounces_yet", remedy="LAUREL_BOUNCES")
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def ready(self) -> bool:
        """A mailbox that is not there is made by whoever delivers into it."""
        return self._task is not None and not self._task.done()

    async def _run(self) -> None:
        while True:
            try:
                await self._read()
            except Exception as error:
                if passes_by_itself(error) or isinstance(error, OSError | mailbox.Error):
                    get_logger().warning("bounces_wait", error=type(error).__name__)
                else:
                    get_logger().exception("bounces_failed")
            await asyncio.sleep(POLL_S)

    async def _read(self) -> None:
        found = await asyncio.to_thread(self._new_ones)
        if found:
            heard = [(key, content, await self._heard(content)) for key, content in found]
            await asyncio.to_thread(self._settle, heard)

    async def _heard(self, content: bytes) -> Heard | Unreadable:
        try:
            return await self._bouncing.hear(returned(content))
        except Unreadable as unreadable:
            get_logger().error("bounce_put_aside", reason=str(unreadable))
            return unreadable

    # --- the mailbox, in a thread

    def _new_ones(self) -> list[tuple[str, bytes]]:
        if not self._path.exists():
            return []
        with _opened(self._path) as box:
            return [(key, box.get_bytes(key)[:LARGEST]) for key in islice(_new_keys(box, self._path), AT_ONCE)]

    def _settle(self, heard: list[tuple[str, bytes, Heard | Unreadable]]) -> None:
        with _opened(self._path) as box:
            for key, content, outcome in heard:
                # Another program may have been here meanwhile, and an mbox counts its mails anew then.
                with contextlib.suppress(KeyError):
                    if box.get_bytes(key)[:LARGEST] == content:
                        self._settle_one(box, key, outcome)

    def _settle_one(self, box: Box, key: str, outcome: Heard | Unreadable) -> None:
        if isinstance(outcome, Unreadable):
            _put_aside(box, self._path, key)
        elif outcome in (Heard.NOT_OURS, Heard.NO_REPORT):
            _leave(box, key)
        elif outcome is not Heard.TOO_EARLY:
            box.remove(key)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Box]:
    """Locked, where it is one file that others write to."""
    box = mailbox.Maildir(path, create=False) if path.is_dir() else mailbox.mbox(path, create=False)
    box.lock()
    try:
        yield box
        box.flush()
    finally:
        box.unlock()
        box.close()


def _new_keys(box: Box, path: Path) -> Iterator[str]:
    if isinstance(box, mailbox.Maildir):
        # By their folder: what was left lies there for years, and is not to be opened every time.
        return (each.name.partition(box.colon)[0] for each in (path / "new").iterdir())
    return (key for key in box.iterkeys() if "O" not in box[key].get_flags())


def _leave(box: Box, key: str) -> None:
    message = box[key]
    if isinstance(message, mailbox.MaildirMessage):
        message.set_subdir("cur")
    else:
        message.add_flag("O")
    box[key] = message


def _put_aside(box: Box, path: Path, key: str) -> None:
    if isinstance(box, mailbox.Maildir):
        box.add_folder(ASIDE).add(box[key])
    else:
        with _opened_aside(path) as aside:
            aside.add(box[key])
    box.remove(key)


@contextlib.contextmanager
def _opened_aside(path: Path) -> Iterator[mailbox.mbox]:
    aside = mailbox.mbox(path.with_name(f"{path.name}.{ASIDE}"), create=True)
    try:
        yield aside
    finally:
        aside.close()
