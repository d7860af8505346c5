"""What a guardian chooses for a share link, and a certificate as whoever opens it may see it. Pure: no IO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from services.portal.domain import Certificate, PdfRef, Version

Showing = Literal["nameless", "first_name", "full"]
"""How much of the child's name, the most private first."""
SHOWINGS: tuple[Showing, ...] = get_args(Showing)

LIVES: Mapping[str, timedelta | None] = {
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
    "until_stopped": None,
}
MONTH = "month"
LONGER_SIDE_PX = 1200
"""Of a picture."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a new link shows, and how long it lives: None until it is stopped."""

    showing: Showing
    lives: timedelta | None


def wish_from(form: Mapping[str, list[str]]) -> Wish:
    """What is not said, or is no choice that there is, is the more private one."""
    showing = next((choice for choice in SHOWINGS if [choice] == form.get("showing")), SHOWINGS[0])
    lives = next((each for each in form.get("lives", ()) if each in LIVES), MONTH)
    return Wish(showing, LIVES[lives])


@dataclass(frozen=True, slots=True)
class Paper:
    """A certificate version with its whole name, or a copy that shows less of it."""

    version: Version
    showing: Showing
    name: str
    title: str
    pdf: PdfRef
    of_copy: str | None = None

    @property
    def level(self) -> str | None:
        """The level's name where the title does not say it already."""
        level = self.version.level_name
        return level if level and level.casefold() not in self.title.casefold() else None

    @property
    def number(self) -> str | None:
        """It leads back to the certificate, and so to the name."""
        return self.version.number if self.showing == "full" else None

    @property
    def link_title(self) -> str:
        """What stands beside a link in a messenger: the child's name only where a guardian chose to show it."""
        return f"{self.title} · {self.version.school}" if self.showing == "nameless" else f"{self.name}: {self.title}"

    @property
    def file_name(self) -> str:
        """Of a saved file, without its ending."""
        return self.version.file_name.removesuffix(".pdf") if self.showing == "full" else "certificate"


def whole(version: Version) -> Paper:
    return Paper(version, "full", version.recipient_name, version.title, version.pdf)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Shared:
    """What a share link opens at one moment: all who open it then have the same object, and nobody has it later."""

    token_sha256: bytes
    certificate: Certificate
    showing: Showing
    copy: Paper | None
    """Of the newest version, where there is one already."""


def picture_size(version: Version) -> tuple[int, int] | None:
    """Width and height of its picture in pixels, as far as they are known."""
    if not version.width_pt or not version.height_pt:
        return None
    scale = LONGER_SIDE_PX / max(version.width_pt, version.height_pt)
    return round(version.width_pt * scale), round(version.height_pt * scale)
