"""Why a certificate cannot be printed, in words that a person can act on."""

from __future__ import annotations

from contracts.rendering import FailureReason


class CannotPrint(Exception):
    """Trying again changes nothing: the answer is `rendering.evt.failed` with this code and message.

    Messages name fields and layouts, never what a field says: that may be a child's name.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.reason = FailureReason(code=code, message=message)


def unknown_layout(layout_id: str, version: int) -> CannotPrint:
    return CannotPrint(
        "unknown_layout",
        f"Version {version} of the layout {layout_id} was never published here: publish it, then issue again.",
    )


def missing_field(layout: str, field: str) -> CannotPrint:
    return CannotPrint(
        "missing_field",
        f'The layout "{layout}" shows {field}, and this certificate has none: choose a layout that does without it.',
    )


def does_not_fit(layout: str, field: str, length: int) -> CannotPrint:
    return CannotPrint(
        "does_not_fit",
        f'{field} is too long for the layout "{layout}": its {length} characters do not fit even in the smallest type'
        " that the layout allows. Shorten it and issue again.",
    )


def wrong_page_count(layout: str, pages: int) -> CannotPrint:
    return CannotPrint(
        "page_count",
        f'A certificate is one page, and the layout "{layout}" makes {pages} of this one: shorten its texts,'
        " or have the layout corrected.",
    )


def missing_glyph(layout: str) -> CannotPrint:
    return CannotPrint(
        "missing_glyph",
        f'A letter of this certificate is in no font that the layout "{layout}" or the server has, and would be printed'
        " as a box: install a font that has it (Noto has nearly all), or spell the text differently.",
    )


def interrupted(attempts: int) -> CannotPrint:
    return CannotPrint(
        "interrupted",
        f"Chromium was stopped {attempts} times while it printed this certificate: it is too slow, or out of memory,"
        " or the layout is too heavy. Issue again when that is mended.",
    )
