"""Certificates bound into one PDF: so many on a sheet, with a checklist as cover."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import pikepdf
from pikepdf import Array, Dictionary, Name, Page, Pdf

from contracts.rendering import PaperSize
from services.staff.packs.copying import Copies
from services.staff.packs.forms import Form, form_of
from services.staff.packs.sheets import Sheet, laid_out

MOST_BYTES = 80_000_000
"""A pack that would be larger is not made."""


class TooLarge(Exception):
    """The pack would take more memory than it may."""


class Binder:
    """Use it once: the cover first, then the certificates in their order, then `finished`. It belongs in a thread.

    What is drawn stays drawn, and texts stay texts: nothing becomes a picture.
    """

    def __init__(self, paper: PaperSize, each: int) -> None:
        self._paper, self._each = paper, each
        self._pack = Pdf.new()
        self._copies = Copies(self._pack)
        self._waiting: list[Form] = []
        self._cover: Pdf | None = None

    def cover(self, checklist: bytes) -> None:
        # It is read from until the pack is saved.
        self._cover = pikepdf.open(io.BytesIO(checklist))
        self._pack.pages.extend(self._cover.pages)

    def add(self, certificates: Iterable[bytes]) -> None:
        """TooLarge; pikepdf.PdfError where one is no PDF."""
        for certificate in certificates:
            with pikepdf.open(io.BytesIO(certificate)) as source:
                self._waiting.append(form_of(source, self._copies))
            if self._copies.bytes > MOST_BYTES:
                raise TooLarge
            if len(self._waiting) == self._each:
                self._print()

    def finished(self, title: str) -> bytes:
        if self._waiting:
            self._print()
        self._pack.docinfo["/Title"] = title
        # The printer's dialog offers the size as it is: pre-printed paper would not fit otherwise.
        self._pack.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True, PrintScaling=Name("/None"))
        content = io.BytesIO()
        self._pack.save(content, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return content.getvalue()

    def _print(self) -> None:
        forms, self._waiting = self._waiting, []
        sheet = laid_out([form.size for form in forms], self._paper, self._each)
        page = Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, *map(_number, sheet.size)]),
            Resources=Dictionary(
                XObject=Dictionary({f"/C{place}": form.drawn for place, form in enumerate(forms)}),
            ),
            Contents=self._pack.make_stream(_drawing(sheet)),
        )
        self._pack.pages.append(Page(self._pack.make_indirect(page)))


def _drawing(sheet: Sheet) -> bytes:
    certificates = (f"q {_numbers(place.matrix)} cm /C{number} Do Q" for number, place in enumerate(sheet.places))
    marks = (f"{_numbers(line[:2])} m {_numbers(line[2:])} l S" for line in sheet.marks)
    return "\n".join([*certificates, "0 G 0.25 w", *marks]).encode()


def _numbers(numbers: Sequence[float]) -> str:
    return " ".join(str(_number(number)) for number in numbers)


def _number(number: float) -> float:
    return round(number, 4)
