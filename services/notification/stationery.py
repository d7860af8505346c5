"""What a school has changed in its mails: its letterhead, and what is said after a level's award. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from babel import Locale

from contracts.letter_queries import Letterhead, TemplateText
from services.kit.dates import known_locale
from services.notification.languages import Language
from services.notification.letter import Said
from services.notification.template import Facts, said

Texts: TypeAlias = Mapping[str | None, str]
"""By language; None is the school's own."""


@dataclass(frozen=True, slots=True)
class Stationery:
    letterhead: Letterhead
    templates: Mapping[str | None, Texts]
    """By level; None is for those without their own. Only those that say something."""

    def texts(self, level_id: str) -> Texts:
        return self.templates.get(level_id) or self.templates.get(None) or {}


def texts_of(texts: Iterable[TemplateText]) -> Texts:
    return {each.language: each.text for each in texts if each.text}


def said_in(texts: Texts, language: Language, school_locale: str, facts: Facts) -> Said | None:
    """In the letter's language where the school has written it in that, else in its own; None where that is nothing."""
    own = known_locale(school_locale) or Locale.parse("en")
    for code, locale in ((language.code, language.locale), (None, own)):
        if paragraphs := said(texts.get(code, ""), facts):
            return Said(paragraphs, str(locale).replace("_", "-"), str(locale.text_direction))
    return None
