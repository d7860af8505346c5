"""What a school can change in its e-mails: its letterhead, and what is said after a level's award.

A template is words with placeholders such as `{{ child }}`, and nothing else: no HTML, no template language.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field, StringConstraints

from contracts.base import TEXT_PATTERN, Body, GivenId, Instant, Locale, Name

PlaceholderName = Literal["child", "level", "next_level", "school"]
PLACEHOLDERS: tuple[PlaceholderName, ...] = get_args(PlaceholderName)
"""What a template can have filled in. A paragraph that names `next_level` is left out after the last level."""

MOST_LETTERS = 1000
"""Of a template in one language, as it is typed."""

LAUREL_GREEN = "#2f6b4f"

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000, pattern=TEXT_PATTERN)]
"""As typed. That more than `MOST_LETTERS` are too many is said in words, and of which line on."""

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
"""A language alone, such as `de`: where it is spoken makes no difference here."""

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]


class TemplateText(Body):
    language: Language | None = None
    """None: the school's own, for every guardian whose language has none."""
    text: Words


class Template(Body):
    """As it is kept."""

    level_id: GivenId | None = None
    """None: for every level that has none of its own."""
    texts: tuple[TemplateText, ...]
    """Empty: it was taken away."""
    revision: int
    """Another with every change, and higher."""
    changed_by: str
    changed_at: Instant


class Letterhead(Body):
    colour: Colour = LAUREL_GREEN
    """Of the school's name, the button and the links, as far as it can be read: if not, a shade of it."""
    picture: bool = False
    """Each certificate is shown in the mail as a picture."""


class MailLanguage(Body):
    code: Language
    name: str
    """In the language itself."""


# --- notification.query.templates


class Templates(Body):
    letterhead: Letterhead
    templates: tuple[Template, ...]
    """Those that say something: of the levels by their id, and the one for all the others."""
    languages: tuple[MailLanguage, ...]
    """That mails are written in."""


# --- notification.query.put_template


class PutTemplate(Body):
    """Kept if nothing is wrong with it, in the place of the one that is there."""

    level_id: GivenId | None = None
    texts: Annotated[tuple[TemplateText, ...], Field(max_length=20)]
    """At most one a language; an empty one counts as none."""
    replaces: int | None = None
    """The revision that it was made from, 0 for none: where another is kept by now, nothing is changed. None: any."""
    requested_by: Name


class TemplateProblem(Body):
    code: Literal[
        "unknown_placeholder",
        "stray_brace",
        "too_long",
        "placeholder_in_link",
        "unknown_language",
        "twice",
        "changed_meanwhile",
    ]
    message: str
    language: Language | None = None
    line: int | None = None
    """From 1; None where it has no place of its own."""


class TemplateVerdict(Body):
    problems: tuple[TemplateProblem, ...]
    """As long as there is one, nothing is changed."""
    template: Template | None = None
    """As it is kept now, unless it has never been kept."""


# --- notification.query.put_letterhead: the answer is the letterhead


class PutLetterhead(Letterhead):
    requested_by: Name


# --- notification.query.letter_preview


class AskLetterPreview(Body):
    """A mail with one certificate, as it would be with these words. Nothing of it need be kept, or real."""

    letterhead: Letterhead = Letterhead()
    texts: Annotated[tuple[TemplateText, ...], Field(max_length=20)] = ()
    locale: Locale = "en"
    """The guardian's."""
    school_locale: Locale = "en"
    school_name: Name
    child: Name
    level_name: Name
    next_level_name: Name | None = None


class LetterPreview(Body):
    problems: tuple[TemplateProblem, ...]
    """As long as there is one, there is no mail to see."""
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    picture: str | None = None
    """The address by which the HTML names the certificate's picture, where there is one."""
