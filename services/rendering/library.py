"""The layouts that were published: frozen in the artefact store, one object a version."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from contracts.base import Body, GivenId
from contracts.rendering import LayoutField, LayoutPublished, Page
from services.kit.artefacts import ArtefactMissing, Artefacts
from services.rendering.refusals import unknown_layout

ROOT = "layouts"
FILE = "frozen.json"
LANGUAGE = re.compile(r"""<html\b[^>]*?\slang=["']?([A-Za-z0-9-]+)""")


class LayoutKey(NamedTuple):
    """One version of one layout of one school."""

    school_id: str
    layout_id: str
    version: int

    @property
    def path(self) -> str:
        return f"{ROOT}/{self.school_id}/{self.layout_id}/{self.version}/{FILE}"


class FrozenLayout(Body):
    """A version as it will always be. `html` is complete in itself: its images and fonts are in it."""

    school_id: GivenId
    layout: LayoutPublished
    html: str
    together: bool = False
    """Its certificates come out the same when they are printed together: tried when it was published."""
    art_once: bool = False
    """They come out the same when its drawn art is printed once for all of them: tried when it was published."""

    @property
    def language(self) -> str:
        """What its `<html lang>` says."""
        said = LANGUAGE.search(self.html)
        return said[1] if said else "en"

    @property
    def key(self) -> LayoutKey:
        return LayoutKey(self.school_id, self.layout.layout_id, self.layout.layout_version)


class LayoutDraft(Body):
    """What a layout's next version will be, if it is not what the newest one is already."""

    name: str
    page: Page
    fields: tuple[LayoutField, ...]
    html: str
    together: bool = False
    art_once: bool = False


class Library:
    def __init__(self, artefacts: Artefacts) -> None:
        self._artefacts = artefacts
        # A version never changes, and a school has a handful: what was read once is kept.
        self._read: dict[LayoutKey, FrozenLayout] = {}

    async def load(self, key: LayoutKey) -> FrozenLayout:
        """The version; CannotPrint (`unknown_layout`) where it was never published."""
        if key not in self._read:
            try:
                content = await self._artefacts.get(key.path)
            except ArtefactMissing as error:
                raise unknown_layout(key.layout_id, key.version) from error
            self._read[key] = FrozenLayout.model_validate_json(content)
        return self._read[key]

    async def newest(self, school_id: str | None = None, layout_id: str | None = None) -> list[FrozenLayout]:
        """The newest version of each layout: of every school, of one, or of one layout alone."""
        below = "/".join(part for part in (ROOT, school_id, layout_id) if part)
        keys = _newest(await self._artefacts.keys(f"{below}/"))
        return [await self.load(key) for key in keys]

    async def versions(self, school_id: str, layout_id: str) -> list[int]:
        """Every version of a layout, newest first; none where it was never published."""
        paths = await self._artefacts.keys(f"{ROOT}/{school_id}/{layout_id}/")
        return sorted({int(path.split("/")[3]) for path in paths}, reverse=True)

    async def freeze(self, school_id: str, layout_id: str, draft: LayoutDraft) -> FrozenLayout:
        """The draft as the layout's next version, or the newest version where that is the same.

        Only the newest counts: publishing what an older version was makes it the newest again.
        """
        while True:
            newest = next(iter(await self.newest(school_id, layout_id)), None)
            number = newest.layout.layout_version if newest else 0
            if newest and newest == frozen_as(school_id, layout_id, number, draft):
                return newest
            frozen = frozen_as(school_id, layout_id, number + 1, draft)
            # Somebody else may publish at the same time: the number goes to one, and the other looks again.
            if await self._artefacts.put_new(frozen.key.path, frozen.json_bytes()):
                return frozen


def frozen_as(school_id: str, layout_id: str, version: int, draft: LayoutDraft) -> FrozenLayout:
    """The draft under a version's number."""
    layout = LayoutPublished(
        layout_id=layout_id, layout_version=version, name=draft.name, page=draft.page, fields=draft.fields
    )
    return FrozenLayout(
        school_id=school_id, layout=layout, html=draft.html, together=draft.together, art_once=draft.art_once
    )


def _newest(paths: Iterable[str]) -> list[LayoutKey]:
    newest: dict[tuple[str, str], LayoutKey] = {}
    for path in paths:
        _, school_id, layout_id, version, _ = path.split("/")
        key = LayoutKey(school_id, layout_id, int(version))
        place = (school_id, layout_id)
        newest[place] = max(newest.get(place, key), key)
    return [newest[place] for place in sorted(newest)]
