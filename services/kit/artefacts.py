"""The artefact store: PDFs and layouts by key, in a local folder or in any S3."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, S3Store, from_url

from contracts.envelope import new_id
from services.kit.telemetry import get_logger

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import RetryConfig


class ArtefactMissing(Exception):
    """Nothing is stored under this key."""


class NotExclusive(Exception):
    """Nothing can be kept here; the text says why."""


S3_RETRIES: RetryConfig = {"max_retries": 4, "retry_timeout": timedelta(seconds=10)}
"""Left to itself it tries for three minutes, and nobody is told meanwhile that the store is away."""

Mark: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of an object's bytes."""

    content: bytes
    size: int
    """Of the whole object, in bytes."""
    mark: Mark
    """What the store knows the object by: another one as soon as it was written again."""


class Artefacts:
    """Bytes by key. Keys use `/`."""

    name = "artefacts"

    def __init__(self, url: str) -> None:
        """`file:///folder` (made when missing) or what `obstore` understands, such as `s3://bucket/prefix`."""
        self._store = _open(url)
        self._one_writer_wins = not isinstance(self._store, S3Store)
        """Known to be so."""

    async def start(self) -> None:
        """NotExclusive where two writers of a new key may both win. One that is away just now is not asked."""
        try:
            await self._see_that_one_writer_wins()
        except BaseError as error:
            # It is asked again before the first new key.
            get_logger().warning("artefacts_not_there_yet", error=type(error).__name__)

    async def _see_that_one_writer_wins(self) -> None:
        if self._one_writer_wins:
            return
        probe = f"probe/{new_id()}"
        won = [await self._create(probe, b"") for _ in range(2)]
        await obstore.delete_async(self._store, probe)
        self._one_writer_wins = won == [True, False]
        if not self._one_writer_wins:
            raise NotExclusive(
                "this S3 lets a second writer of a new key win as well, since it does not heed If-None-Match:"
                " two layouts could get one version. Take another, such as Ceph, MinIO or Amazon's own"
            )

    async def stop(self) -> None:
        return None

    async def ready(self) -> bool:
        await obstore.list_with_delimiter_async(self._store, None)
        return True

    async def put(self, key: str, content: bytes) -> None:
        await obstore.put_async(self._store, key, content)

    async def put_new(self, key: str, content: bytes) -> bool:
        """False when the key is taken: of several writers exactly one wins. NotExclusive as `start`."""
        await self._see_that_one_writer_wins()
        return await self._create(key, content)

    async def _create(self, key: str, content: bytes) -> bool:
        try:
            await obstore.put_async(self._store, key, content, mode="create")
        except AlreadyExistsError:
            return False
        return True

    async def get(self, key: str) -> bytes:
        """The bytes; ArtefactMissing where there are none."""
        try:
            found = await obstore.get_async(self._store, key)
        except FileNotFoundError as error:
            raise ArtefactMissing(key) from error
        return bytes(await found.bytes_async())

    async def piece(self, key: str, start: int, length: int) -> Piece:
        """At most `length` bytes from `start` on, fewer where the object ends; ArtefactMissing where there is none."""
        try:
            found = await obstore.get_async(self._store, key, options={"range": (start, start + length)})
            return _piece(bytes(await found.bytes_async()), found.meta)
        except FileNotFoundError as error:
            raise ArtefactMissing(key) from error
        except BaseError:
            # A range that begins where the object has ended already is an error like any other.
            meta = await obstore.head_async(self._store, key)
            if start < meta["size"]:
                raise
            return _piece(b"", meta)

    async def keys(self, prefix: str) -> list[str]:
        """All keys below the prefix, sorted."""
        found: list[str] = []
        async for chunk in obstore.list(self._store, prefix=prefix):
            found.extend(entry["path"] for entry in chunk)
        return sorted(found)

    async def delete_below(self, prefix: str) -> int:
        """Delete all that lies below the prefix, which ends in no `/`; how many there were."""
        keys = await self.keys(prefix)
        try:
            # S3 takes a thousand at once.
            await obstore.delete_async(self._store, keys)
        except FileNotFoundError:
            # Of several who delete them, each is content.
            for key in keys:
                with contextlib.suppress(FileNotFoundError):
                    await obstore.delete_async(self._store, key)
        if isinstance(self._store, LocalStore) and self._store.prefix is not None:
            await asyncio.to_thread(_remove_empty, Path(self._store.prefix) / prefix)
        return len(keys)


def _remove_empty(folder: Path) -> None:
    """A folder's name may be an id. What somebody has stored there meanwhile stays, and is deleted the next time."""
    for each in sorted((folder, *folder.rglob("*")), reverse=True):
        with contextlib.suppress(OSError):
            each.rmdir()


def _piece(content: bytes, meta: ObjectMeta) -> Piece:
    return Piece(content, meta["size"], (meta["e_tag"], meta["version"], meta["last_modified"], meta["size"]))


def _open(url: str) -> ObjectStore:
    parts = urlsplit(url)
    if parts.scheme == "file":
        return LocalStore(Path(unquote(parts.path)), mkdir=True, automatic_cleanup=False)
    if parts.scheme == "s3":
        return S3Store.from_url(url, retry_config=S3_RETRIES)
    return from_url(url)
