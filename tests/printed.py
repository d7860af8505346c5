"""The blocks of a document as a newcomer would use them: saved under the name they bear, typed into a shell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
_BLOCK = re.compile(r"^```(\w+)(?: (\w+)=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    language: str
    use: str | None
    """`file`: it is saved as `name`. `run`: typed, under that name. None: typed once, before everything else."""
    name: str | None
    text: str


def blocks(document: str) -> list[Block]:
    return [Block(*found.groups()) for found in _BLOCK.finditer((DOCS / document).read_text())]


def files(document: str) -> dict[str, str]:
    return {str(block.name): block.text for block in blocks(document) if block.use == "file"}


def commands(document: str) -> dict[str, str]:
    """What is typed to start something, by its name."""
    return {str(block.name): block.text for block in blocks(document) if block.use == "run"}


def preparations(document: str) -> list[str]:
    return [block.text for block in blocks(document) if block.language == "sh" and block.use is None]
