"""Objects of many PDFs brought into one, each stored once however many of them have it.

The same background picture, the same font, the same drawing is in every certificate of a layout: it is known by what it
says, to the last byte.
"""

from __future__ import annotations

import hashlib
from typing import Any

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

PACKING = frozenset({"/Filter", "/DecodeParms"})
"""How a stream is packed: told when it is written."""
NOT_COPIED = PACKING | {"/Length", "/StructParent", "/StructParents"}
"""Tags lead to a tree that stays behind."""


class Copies:
    def __init__(self, pack: Pdf) -> None:
        self._pack = pack
        self._known: dict[bytes, Object] = {}
        self.bytes = 0
        """Of all streams that are stored."""

    def of(self, source: Pdf) -> Copier:
        return Copier(self, source)

    def stored(self, thing: Object, key: bytes, size: int = 0) -> Object:
        """This object, or the one that says the same."""
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._pack.make_indirect(thing)
            self.bytes += size
        return known

    def stream(self, content: bytes, head: Dictionary, packing: Any = None) -> Object:
        """A stream of `content`; `packing` says how it is packed, if it is."""
        packed: Any = packing if packing is not None else Dictionary()
        key = hashlib.sha256(head.unparse() + b"\0" + packed.unparse() + b"\0" + content).digest()
        if key in self._known:
            return self._known[key]
        thing = Stream(self._pack, b"", head)
        thing.write(content, filter=packed.get("/Filter"), decode_parms=packed.get("/DecodeParms"))
        return self.stored(thing, key, len(content))


class Copier:
    """Brings over what one file has."""

    def __init__(self, copies: Copies, source: Pdf) -> None:
        self._copies = copies
        self._source = source
        self._done: dict[tuple[int, int], Object] = {}

    def copy(self, thing: Any) -> Any:
        """The same in the pack. What is referred to is there by itself, and referred to."""
        if not isinstance(thing, Object):
            return thing
        if isinstance(thing, Name):
            return Name(str(thing))
        if isinstance(thing, String):
            return String(bytes(thing))
        if not thing.is_indirect:
            return self.parts(thing)
        if thing.objgen not in self._done:
            self._done[thing.objgen] = self._referred_to(thing)
        return self._done[thing.objgen]

    def _referred_to(self, thing: Object) -> Object:
        if isinstance(thing, Stream):
            packing = Dictionary({key: self.copy(value) for key, value in thing.items() if key in PACKING})
            return self._copies.stream(thing.read_raw_bytes(), self.parts(thing), packing)
        copy = self.parts(thing)
        return self._copies.stored(copy, hashlib.sha256(copy.unparse()).digest())

    def parts(self, thing: Any) -> Any:
        """The thing itself, with copies of what it refers to."""
        if isinstance(thing, Array):
            return Array([self.copy(part) for part in thing])
        if isinstance(thing, (Dictionary, Stream)):
            return Dictionary({key: self.copy(part) for key, part in thing.items() if key not in NOT_COPIED})
        return thing
