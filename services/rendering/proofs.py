"""Proofs: how a certificate would look, and whether its texts can be printed, before it is issued.

They are made by the printer that prints the certificates, so they tell what will be. Whoever looks waits for
them; a run hardly does: one proof is made at a time, in the lane of what is urgent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import groupby
from typing import NamedTuple

from contracts.catalogue import CHECK, PICTURE
from contracts.proofs import AskCheck, AskPicture, Check, Checked, CheckFinding
from contracts.rendering import FailureReason
from services.kit.broker import Bus, QueryRefused
from services.rendering.layouts.pictures import thumbnail_of
from services.rendering.library import FrozenLayout, LayoutKey, Library
from services.rendering.printing.filling import Fields, letters
from services.rendering.printing.printer import MOST_TOGETHER, Printer
from services.rendering.refusals import CannotPrint, missing_glyph

WIDTH_PX = 800
TURN_WITHIN_S = 1.5
"""So long a proof waits for the one before it."""
LOOKING_S = 2.5
"""After that long no more texts are begun. With the wait it is less than the patience of whoever asks (5 s)."""
MOST_KNOWN = 50_000
"""Texts and letters that are remembered: a version never changes, and neither does what comes of it."""
EXAMPLE_URL = "https://portal.example/verify/0000000000000000"


class Text(NamedTuple):
    """A text in a field of a layout version."""

    layout: LayoutKey
    field: str
    text: str


class Finding(NamedTuple):
    reason: FailureReason
    letter: str | None = None


class Proofs:
    def __init__(self, library: Library, printer: Printer) -> None:
        self._library = library
        self._printer = printer
        self._making = asyncio.Lock()
        self._known: dict[Text, Finding | None] = {}
        """What is wrong with a text, or None."""
        self._glyphs: dict[Text, bool] = {}
        """Whether there is one for a letter, which is a text too."""

    def answer_on(self, bus: Bus) -> None:
        bus.answer(PICTURE, self.picture)
        bus.answer(CHECK, self.check)

    async def picture(self, school_id: str, asked: AskPicture) -> bytes:
        """A JPEG. QueryRefused with the reason why it cannot be printed, or `busy`."""
        frozen = await self._load(LayoutKey(school_id, asked.layout_id, asked.layout_version))
        async with self._in_turn():
            try:
                pdf = await self._printer.print(frozen, asked.fields, urgent=True)
            except CannotPrint as why:
                raise QueryRefused(why.reason.code, why.reason.message) from why
            return await asyncio.to_thread(thumbnail_of, pdf, WIDTH_PX)

    async def check(self, school_id: str, asked: AskCheck) -> Checked:
        """What of the texts cannot be printed; as many of them as can be looked at in the time that there is."""
        texts = [_text(school_id, check) for check in asked.checks]
        if new := [text for text in dict.fromkeys(texts) if text not in self._known]:
            async with self._in_turn():
                await self._look_while_there_is_time(new)
        looked_at = next((place for place, text in enumerate(texts) if text not in self._known), len(texts))
        findings = [
            CheckFinding(place=place, reason=found.reason, letter=found.letter)
            for place, text in enumerate(texts[:looked_at])
            if (found := self._known[text])
        ]
        return Checked(findings=tuple(findings), checked=looked_at)

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        try:
            await asyncio.wait_for(self._making.acquire(), TURN_WITHIN_S)
        except TimeoutError as error:
            raise QueryRefused("busy", "Other previews are being made just now. Try again in a moment.") from error
        try:
            yield
        finally:
            self._making.release()

    async def _load(self, key: LayoutKey) -> FrozenLayout:
        try:
            return await self._library.load(key)
        except CannotPrint as why:
            raise QueryRefused(why.reason.code, why.reason.message) from why

    async def _look_while_there_is_time(self, texts: Sequence[Text]) -> None:
        if len(self._known) + len(self._glyphs) > MOST_KNOWN:
            self._known.clear()
            self._glyphs.clear()
        clock = asyncio.get_running_loop().time
        give_up_at = clock() + LOOKING_S
        for lot in _lots(texts):
            await self._look(await self._load(lot[0].layout), lot)
            if clock() > give_up_at:
                return

    async def _look(self, frozen: FrozenLayout, lot: Sequence[Text]) -> None:
        """Measure the texts, and print each letter that was not seen before. The other fields are short."""
        fields = {str(field.name): "0" for field in frozen.layout.fields} | {"verify_url": EXAMPLE_URL}
        refusals = await self._printer.measured(frozen, [fields | {text.field: text.text} for text in lot])
        await self._find_glyphs(frozen, fields, [text for text in lot if text.field in fields])
        for text, refusal in zip(lot, refusals, strict=True):
            self._known[text] = Finding(refusal.reason) if refusal else self._boxed(frozen, text)

    async def _find_glyphs(self, frozen: FrozenLayout, fields: Fields, lot: Sequence[Text]) -> None:
        found = (Text(text.layout, *letter) for text in lot for letter in letters({text.field: text.text}))
        new = [letter for letter in dict.fromkeys(found) if letter not in self._glyphs]
        for first in range(0, len(new), MOST_TOGETHER):
            some = new[first : first + MOST_TOGETHER]
            lacking = await self._printer.without_glyph(frozen, fields, [(each.field, each.text) for each in some])
            self._glyphs.update({each: (each.field, each.text) not in lacking for each in some})

    def _boxed(self, frozen: FrozenLayout, text: Text) -> Finding | None:
        """What is to be said of a letter that would be printed as a box."""
        for field, letter in letters({text.field: text.text}):
            if not self._glyphs.get(Text(text.layout, field, letter), True):
                return Finding(missing_glyph(frozen.layout.name, (field, letter)).reason, letter)
        return None


def _text(school_id: str, check: Check) -> Text:
    return Text(LayoutKey(school_id, check.layout_id, check.layout_version), check.field, check.text.strip())


def _lots(texts: Sequence[Text]) -> Iterator[Sequence[Text]]:
    """Of one layout version each, as many as are measured together."""
    for _, group in groupby(texts, key=lambda text: text.layout):
        alike = list(group)
        for first in range(0, len(alike), MOST_TOGETHER):
            yield alike[first : first + MOST_TOGETHER]
