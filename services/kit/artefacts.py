"""The artefact store: PDFs and layouts by key, in a local folder or in any S3."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, S3Store, from_url

if TYPE_CHECKING:
    from obstore import ObjectMeta


class ArtefactMissing(Exception):
    """Nothing is stored under this key."""


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

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        return None

    async def ready(self) -> bool:
        await obstore.list_with_delimiter_async(self._store, None)
        return True

    async def put(self, key: str, content: bytes) -> None:
        await obstore.put_async(self._store, key, content)

    async def put_new(self, key: str, content: bytes) -> bool:
        """False when the key is taken: of several writers exactly one wins."""
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
        for key in keys:
            # Of several who delete it, each is content.
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
        return S3Store.from_url(url)
    return from_url(url)
