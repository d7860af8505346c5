"""The languages that mails are written in.

Texts are in `catalogues/`, in gettext's PO format; the English ones are in the templates.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from gettext import NullTranslations
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from services.kit.dates import FALLBACK, known_locale

CATALOGUES = Path(__file__).parent / "catalogues"


@dataclass(frozen=True, slots=True)
class Language:
    """One that there is a catalogue for, as a place speaks it: `locale` says how dates are written."""

    code: str
    locale: Locale

    @property
    def tag(self) -> str:
        """As HTML wants it."""
        return str(self.locale).replace("_", "-")

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return str(self.locale.text_direction)


def language(*tags: str | None) -> Language:
    """The first of the BCP 47 tags that there are texts for; English where there are for none."""
    for tag in tags:
        code = (tag or "").partition("-")[0].lower()
        if code in TEXTS:
            return Language(code, known_locale(tag) or Locale.parse(code))
    return Language("en", FALLBACK)


def _texts(catalogue: Path) -> NullTranslations:
    """As a compiled catalogue would give them: they are compiled here, so that nobody forgets to."""
    compiled = io.BytesIO()
    with catalogue.open("rb") as written:
        write_mo(compiled, read_po(written, locale=catalogue.stem))
    compiled.seek(0)
    return Translations(compiled)


TEXTS: Mapping[str, NullTranslations] = {
    "en": NullTranslations(),
    **{catalogue.stem: _texts(catalogue) for catalogue in sorted(CATALOGUES.glob("*.po"))},
}
"""By language code."""
