"""A long list in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def in_lots(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """`size` at a time; the last piece may be smaller."""
    return (items[first : first + size] for first in range(0, len(items), size))
