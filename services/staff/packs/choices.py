"""How a pack is wanted, as the address of its PDF says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal, Self, TypeAlias, TypeVar, get_args
from urllib.parse import urlencode

from contracts.rendering import PaperSize
from services.staff.forms import whole

Each: TypeAlias = Literal["1", "2", "4"]
YesNo: TypeAlias = Literal["yes", "no"]
Which: TypeAlias = Literal["all", "waiting"]
Choice = TypeVar("Choice", bound=str)

MOST_PARTS = 1000
LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Choices:
    paper: PaperSize = "A4"
    each: Each = "1"
    """So many on a sheet."""
    cover: YesNo = "yes"
    background: YesNo = "yes"
    """No: for paper that has it already."""
    which: Which = "all"
    """Waiting: those that have not been handed out."""
    part: int = 1
    """Of a run that is more than one pack holds."""
    without: str = ""
    """Certificates that cannot be had just now, by their ids, with a dot between."""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Self:
        """What the address says; what it does not, or not well, is as usual."""
        usual = cls()
        return replace(
            usual,
            paper=_chosen(asked.get("paper"), get_args(PaperSize), usual.paper),
            each=_chosen(asked.get("each"), get_args(Each), usual.each),
            cover=_chosen(asked.get("cover"), get_args(YesNo), usual.cover),
            background=_chosen(asked.get("background"), get_args(YesNo), usual.background),
            which=_chosen(asked.get("which"), get_args(Which), usual.which),
            part=_part(asked.get("part", "")),
            without=asked.get("without", "")[:LONGEST],
        )

    def without_these(self, certificate_ids: Sequence[str]) -> Self:
        """The same, and these left out too."""
        return replace(self, without=".".join(filter(None, [self.without, *certificate_ids])))

    @property
    def address(self) -> str:
        """As the query of an address."""
        return urlencode(asdict(self))


def _chosen(said: str | None, possible: tuple[Choice, ...], usual: Choice) -> Choice:
    return next((choice for choice in possible if choice == said), usual)


def _part(said: str) -> int:
    return min(whole(said) or 1, MOST_PARTS)
