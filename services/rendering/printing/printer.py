"""Prints certificates: those that wait for the same layout version together, as one document."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Error

from services.kit.delivery import Transient
from services.rendering.chromium import Chromium
from services.rendering.library import FrozenLayout
from services.rendering.pdf import Certificate, StrangePdf, WrongPageCount, separate
from services.rendering.printing.filling import Fields, about, filling, letters, refusal
from services.rendering.printing.pages import Pages
from services.rendering.refusals import CannotPrint, missing_glyph, strange_pdf, wrong_page_count

MOST_TOGETHER = 15
"""A larger document has shown no gain, all its certificates wait for the last, and so does a single one that comes
meanwhile."""

LONGEST_WAY_S = 1.0
"""So long at the most do a run's certificates wait for single ones before the next of them are printed."""


class PrintInterrupted(Transient):
    """Chromium crashed or took too long: nothing is known against the certificate."""


@dataclass(slots=True)
class _Job:
    """A certificate that waits to be printed."""

    frozen: FrozenLayout
    fields: Fields
    urgent: bool
    printed: asyncio.Future[bytes] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def answer(self, outcome: bytes | Exception) -> None:
        if self.printed.done():
            return  # nobody waits for it any more
        if isinstance(outcome, Exception):
            self.printed.set_exception(outcome)
        else:
            self.printed.set_result(outcome)


def _nobody(_: int) -> None:
    """Nobody is interested."""


class Printer:
    """A lone certificate is printed at once. Those that come meanwhile wait, and are printed together.

    What is urgent has a lane of its own, and so pages of its own: it is printed beside what is being printed, and what
    is not gives way to it before its next print.
    """

    def __init__(
        self, chromium: Chromium, *, timeout_s: float = 20.0, keep: int = 8, observe: Callable[[int], None] = _nobody
    ) -> None:
        """`timeout_s` bounds one print; `keep` is how many warm pages wait for their layout's next certificates.

        `observe` is told of each print how many certificates were in it.
        """
        self._observe = observe
        self._pages = Pages(chromium, keep)
        self._timeout_s = timeout_s
        self._waiting: list[_Job] = []
        self._lanes: dict[bool, asyncio.Task[None]] = {}
        """By whether what is printed in it is urgent."""

    async def print(self, frozen: FrozenLayout, fields: Fields, *, urgent: bool = False) -> bytes:
        """The PDF: the same bytes for the same layout version and fields, always.

        What is `urgent` does not wait for what is not.
        CannotPrint with a reason for a person; PrintInterrupted (or BrowserGone) when trying again will do.
        """
        job = _Job(frozen, fields, urgent)
        self._waiting.append(job)
        lane = self._lanes.get(urgent)
        if lane is None or lane.done():
            self._lanes[urgent] = asyncio.create_task(self._print_what_waits(urgent), name="print")
        return await job.printed

    async def measured(self, frozen: FrozenLayout, all_fields: Sequence[Fields]) -> list[CannotPrint | None]:
        """Why each could not be printed, as far as measuring tells; nothing is printed. `MOST_TOGETHER` at most."""
        async with self._interruptible(), self._pages.of(frozen) as page:
            reports = await page.fill([filling(fields) for fields in all_fields])
        return [refusal(frozen, *each) for each in zip(all_fields, reports, strict=True)]

    async def without_glyph(
        self, frozen: FrozenLayout, fields: Fields, suspects: Sequence[tuple[str, str]]
    ) -> list[tuple[str, str]]:
        """Those of the letters, each with its field, that no font has: found by printing each on a sheet of its own.

        `MOST_TOGETHER` at most. `fields` says which fields there are.
        """
        plain = {name: value if name == "verify_url" else "0" for name, value in fields.items()}
        sheets = await self._certificates(frozen, [plain | {name: letter} for name, letter in suspects])
        return [
            suspect
            for suspect, sheet in zip(suspects, sheets, strict=True)
            if isinstance(sheet, Certificate) and sheet.lacks_a_glyph
        ]

    async def _print_what_waits(self, urgent: bool) -> None:
        while mine := [job for job in self._waiting if job.urgent == urgent]:
            if jobs := self._take(mine):
                await self._print_together(jobs)
            if not urgent:
                await self._give_way()

    async def _give_way(self) -> None:
        """The next of a run are not begun while a single one is printed that somebody waits for."""
        urgent = self._lanes.get(True)
        if urgent is not None:
            await asyncio.wait([urgent], timeout=LONGEST_WAY_S)

    def _take(self, lane: Sequence[_Job]) -> list[_Job]:
        """The one that waits longest, and those that can be printed with it."""
        first = lane[0]
        most = MOST_TOGETHER if first.frozen.together else 1
        taken = [job for job in lane if job.frozen == first.frozen][:most]
        self._waiting = [job for job in self._waiting if job not in taken]
        return [job for job in taken if not job.printed.done()]

    async def _print_together(self, jobs: Sequence[_Job]) -> None:
        try:
            outcomes = await self._outcomes(jobs[0].frozen, [job.fields for job in jobs])
        except Exception as error:
            await self._spoiled(jobs, error)
            return
        for job, outcome in zip(jobs, outcomes, strict=True):
            job.answer(outcome)

    async def _spoiled(self, jobs: Sequence[_Job], error: Exception) -> None:
        """One of them spoiled the print, and the others shall not pay for it."""
        if len(jobs) == 1:
            job = jobs[0]
            if isinstance(error, StrangePdf) and job.frozen.art_once:
                # Its art is not where the others have it: it is printed with the certificate, as without any haste.
                job.frozen = job.frozen.model_copy(update={"art_once": False})
                await self._print_together([job])
            else:
                job.answer(_of_one(job.frozen, error))
            return
        for job in jobs:
            await self._print_together([job])

    async def _outcomes(self, frozen: FrozenLayout, all_fields: Sequence[Fields]) -> list[bytes | CannotPrint]:
        """Of each certificate its PDF, or why there is none."""
        found = await self._certificates(frozen, all_fields)
        return [
            outcome
            if isinstance(outcome, CannotPrint)
            else await self._unless_a_glyph_is_missing(frozen, fields, outcome)
            for fields, outcome in zip(all_fields, found, strict=True)
        ]

    async def _certificates(
        self, frozen: FrozenLayout, all_fields: Sequence[Fields]
    ) -> list[Certificate | CannotPrint]:
        self._observe(len(all_fields))
        async with self._interruptible(), self._pages.of(frozen) as page:
            reports = await page.fill([filling(fields) for fields in all_fields])
            refusals = [refusal(frozen, *each) for each in zip(all_fields, reports, strict=True)]
            abouts = [about(frozen, fields) for fields, no in zip(all_fields, refusals, strict=True) if not no]
            printed, arts = await page.print() if abouts else b"", page.arts
        # In a thread, so that the loop goes on answering meanwhile.
        certificates = iter(await asyncio.to_thread(separate, printed, abouts, arts) if abouts else ())
        return [no or next(certificates) for no in refusals]

    async def _unless_a_glyph_is_missing(
        self, frozen: FrozenLayout, fields: Fields, certificate: Certificate
    ) -> bytes | CannotPrint:
        if not certificate.lacks_a_glyph:
            return certificate.content
        return missing_glyph(frozen.layout.name, await self._letter_without_glyph(frozen, fields))

    async def _letter_without_glyph(self, frozen: FrozenLayout, fields: Fields) -> tuple[str, str] | None:
        """The field and the letter, if it can be told."""
        suspects = list(letters(fields))
        for first in range(0, len(suspects), MOST_TOGETHER):
            if lacking := await self.without_glyph(frozen, fields, suspects[first : first + MOST_TOGETHER]):
                return lacking[0]
        return None

    @asynccontextmanager
    async def _interruptible(self) -> AsyncIterator[None]:
        try:
            # Chromium has no limit of its own: an endless layout would hold it for ever.
            async with asyncio.timeout(self._timeout_s):
                yield
        except TimeoutError as error:
            raise PrintInterrupted(f"not printed within {self._timeout_s:g} s") from error
        except Error as error:
            raise PrintInterrupted(f"Chromium stopped: {error.message.splitlines()[0]}") from error


def _of_one(frozen: FrozenLayout, error: Exception) -> Exception:
    """What went wrong with a certificate that was printed alone, in words for a person where it needs one."""
    if isinstance(error, WrongPageCount):
        return wrong_page_count(frozen.layout.name, error.pages)
    if isinstance(error, StrangePdf):
        return strange_pdf(str(error))
    return error
