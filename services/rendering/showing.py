"""What is altered in a certificate that shows less of the child's name: here, and nowhere else.

Notes speak of the child. The number and the verification page lead back to the name. So all of them are left out.
"""

from __future__ import annotations

import re

from contracts.pictures import AskCopy
from contracts.rendering import FieldName

LEFT_OUT: tuple[FieldName, ...] = ("notes", "number", "verify_url", "verify_qr")


def altered(asked: AskCopy) -> dict[str, str]:
    """The fields that the copy is printed from."""
    kept = {name: text for name, text in asked.fields.items() if name not in LEFT_OUT}
    return kept | {"recipient_name": shown_name(asked), "title": _title(asked)}


def shown_name(asked: AskCopy) -> str:
    return asked.pupil if asked.showing == "nameless" else asked.first_name


def _title(asked: AskCopy) -> str:
    """A title that somebody wrote for one child may name it. A level's own name names nobody."""
    title = asked.fields.get("title", "")
    if title == asked.fields.get("level_name"):
        return title
    return without_name(title, asked.fields.get("recipient_name", ""), shown_name(asked))


def without_name(text: str, name: str, shown: str) -> str:
    """Wherever the text says more of the name than is shown, what is shown stands instead."""
    words = [word for word in name.split() if not word.islower()]  # `de` and `van` are in many other texts
    if not words:
        return text
    hidden = {word.casefold() for word in words} - {word.casefold() for word in shown.split()}
    # Letters without capitals may be written without spaces too.
    before, after = (r"(?<!\w)", r"(?!\w)") if name.upper() != name.lower() else ("", "")
    word = "|".join(re.escape(form) for form in _forms(words))
    run = re.compile(rf"{before}(?:{word})(?:[\s-]+(?:{word}))*{after}")

    def shorter(found: re.Match[str]) -> str:
        return shown if hidden & {*re.split(r"[\s-]+", found[0].casefold()), *found[0].casefold().split()} else found[0]

    return run.sub(shorter, text)


def _forms(words: list[str]) -> list[str]:
    """As written and in capitals, longest first: `Anna-Lena` is found before `Anna`."""
    return sorted({*words, *(word.upper() for word in words)}, key=lambda form: (-len(form), form))
