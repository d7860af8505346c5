"""Why a certificate cannot be printed, in words that a person can act on."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.rendering import FailureReason

CALLED: Mapping[str, str] = {
    "recipient_name": "student's name",
    "level_name": "level's name",
    "title": "title",
    "issued_on": "issue date",
    "teacher_name": "teacher's name",
    "notes": "note",
    "school_name": "school's name",
    "number": "number",
    "verify_url": "address to verify it",
    "verify_qr": "code to verify it",
}
"""Fields, as the office knows them."""


class CannotPrint(Exception):
    """Trying again changes nothing: the answer is `rendering.evt.failed` with this code and message.

    Messages name fields and layouts, and of what a field says one letter at most: the whole may be a child's name.
    """

    def __init__(self, code: str, message: str, *, field: str | None = None) -> None:
        """`field`: the one that it is about, if it is about one."""
        super().__init__(message)
        self.reason = FailureReason(code=code, message=message)
        self.field = field


def unknown_layout(layout_id: str, version: int) -> CannotPrint:
    return CannotPrint(
        "unknown_layout",
        f"Version {version} of the layout {layout_id} was never published here: publish it, then issue again.",
    )


def missing_field(layout: str, field: str) -> CannotPrint:
    return CannotPrint(
        "missing_field",
        f'The layout "{layout}" shows the {CALLED[field]}, and this certificate has none: choose a layout that does'
        " without it.",
        field=field,
    )


def does_not_fit(layout: str, field: str, length: int) -> CannotPrint:
    return CannotPrint(
        "does_not_fit",
        f'The {CALLED[field]} is too long for the layout "{layout}": its {length} characters do not fit even in the'
        " smallest type that the layout allows. Shorten it, or have the layout give it more room.",
        field=field,
    )


def wrong_page_count(layout: str, pages: int) -> CannotPrint:
    return CannotPrint(
        "page_count",
        f'A certificate is one page, and the layout "{layout}" makes {pages} of this one: shorten its texts,'
        " or have the layout corrected.",
    )


def missing_glyph(layout: str, found: tuple[str, str] | None) -> CannotPrint:
    """`found`: the field, and the letter with what is joined to it."""
    where = "A letter of this certificate"
    if found is not None:
        field, letter = found
        codes = " ".join(f"U+{ord(character):04X}" for character in letter)
        where = f"In the {CALLED[field]}, the letter {letter} ({codes})"
    return CannotPrint(
        "missing_glyph",
        f'{where} is in no font that the layout "{layout}" or the server has, and would be printed'
        " as a box: install a font that has it (Noto has nearly all), or spell the text differently.",
        field=found[0] if found else None,
    )


def strange_pdf(found: str) -> CannotPrint:
    return CannotPrint(
        "strange_pdf",
        f"The installed Chromium writes its PDFs in another way than this version of Laurel knows ({found}):"
        " install the Chromium that Laurel was tested with, or a newer Laurel, then issue again.",
    )


def interrupted(attempts: int) -> CannotPrint:
    return CannotPrint(
        "interrupted",
        f"Chromium was stopped {attempts} times while it printed this certificate: it is too slow, or out of memory,"
        " or the layout is too heavy. Issue again when that is mended.",
    )
