"""What a school's mails say after each level's award, as the console lists it and as its form holds it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from babel import Locale
from starlette.datastructures import FormData

from contracts.letter_queries import MailLanguage, Template, TemplateProblem, Templates, TemplateText
from contracts.roster import PutLevel
from services.kit.dates import FALLBACK, known_locale
from services.staff.forms import text

FIELD = "text"
"""The field of the school's own language; that of another is `text.de`."""
LONGEST_EXCERPT = 90


@dataclass(frozen=True, slots=True)
class TextField:
    """The text in one language, and what is wrong with it."""

    language: str | None
    called: str
    text: str
    problems: tuple[TemplateProblem, ...] = ()

    @property
    def name(self) -> str:
        return FIELD if self.language is None else f"{FIELD}.{self.language}"


@dataclass(frozen=True, slots=True)
class TextRow:
    """A level in the list; without one, the row of all the others."""

    level_id: str | None
    called: str
    excerpt: str
    """Empty where it has no text of its own."""
    languages: tuple[str, ...] = ()
    """Other than the school's own, in their own words."""

    @property
    def address(self) -> str:
        return f"/emails/levels/{self.level_id}" if self.level_id else "/emails/levels"


def template_of(found: Templates, level_id: str | None) -> Template | None:
    return next((each for each in found.templates if each.level_id == level_id), None)


def texts_for(found: Templates, level_id: str | None) -> tuple[TemplateText, ...]:
    """Those that a mail about the level has: its own, or those for all the others."""
    template = template_of(found, level_id) or template_of(found, None)
    return template.texts if template else ()


def rows_of(found: Templates, levels: Sequence[PutLevel]) -> Iterator[TextRow]:
    """All the others first, then the ladder, and what is kept of levels that are not on it."""
    names: dict[str | None, str] = {None: "Every other level", **{level.level_id: level.name for level in levels}}
    names |= {
        each.level_id: f"{each.level_id} (no such level)" for each in found.templates if each.level_id not in names
    }
    called = {language.code: language.name for language in found.languages}
    for level_id, name in names.items():
        template = template_of(found, level_id)
        texts = template.texts if template else ()
        others = tuple(called.get(each.language, each.language) for each in texts if each.language)
        yield TextRow(level_id, name, _excerpt(texts), others)


def fields_of(
    languages: Sequence[MailLanguage],
    locale: str,
    texts: Sequence[TemplateText],
    problems: Sequence[TemplateProblem] = (),
) -> list[TextField]:
    """One for the school's own language, which is also for whoever's has none, and one for each other."""
    own = (known_locale(locale) or FALLBACK).language
    typed = {each.language: each.text for each in texts}
    called: dict[str | None, str] = {None: language_name(locale)}
    called |= {language.code: language.name for language in languages if language.code != own}
    called |= {code: code for code in typed if code and code not in called}
    return [
        TextField(code, name, typed.get(code, ""), tuple(problem for problem in problems if problem.language == code))
        for code, name in called.items()
    ]


def typed_texts(form: FormData) -> list[tuple[str | None, str]] | None:
    """By language, as they were typed; None where the form has none."""
    names = [name for name in form if name == FIELD or name.startswith(f"{FIELD}.")]
    return [(name.partition(".")[2] or None, text(form, name)) for name in names] or None


def language_name(tag: str) -> str:
    """`English`, for staff to read."""
    locale = known_locale(tag) or FALLBACK
    return str(Locale(locale.language).get_display_name("en"))


def _excerpt(texts: Sequence[TemplateText]) -> str:
    """How the school's own begins."""
    own = next((each.text for each in texts if each.language is None), texts[0].text if texts else "")
    begun = " ".join(own.split())
    return begun if len(begun) <= LONGEST_EXCERPT else f"{begun[:LONGEST_EXCERPT].rstrip()}…"
