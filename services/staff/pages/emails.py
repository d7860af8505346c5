"""E-mails: the school's letterhead, what is said after each level's award, and how a mail looks with it."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from http import HTTPStatus

from starlette.responses import Response

from contracts.catalogue import LAYOUT_PREVIEW, LAYOUTS, LETTER_PREVIEW, LEVELS, PUT_LETTERHEAD, PUT_TEMPLATE, TEMPLATES
from contracts.layout_queries import AskLayoutPreview
from contracts.letter_queries import (
    MOST_LETTERS,
    AskLetterPreview,
    Letterhead,
    PutLetterhead,
    PutTemplate,
    TemplateProblem,
    Templates,
    TemplateText,
)
from contracts.queries import Everything
from contracts.roster import PutLevel
from services.kit.broker import NobodyAnswered, QueryRefused
from services.staff.forms import Unusable, read_as, text
from services.staff.mail_texts import fields_of, language_name, rows_of, template_of, texts_for, typed_texts
from services.staff.visit import NotFound, Visit, see

SAMPLE_CHILD = "Mia"
SAMPLE_LEVEL = "Level 3"
"""Where the school has no level yet."""
PLACEHOLDERS = {
    "child": "The child's name, as on the certificate",
    "level": "The level that the certificate is for",
    "next_level": "The level that comes next; after the last one, the paragraph is left out",
    "school": "Your school's name",
}
IN_A_FRAME = {
    # A mail has its style in itself, and what it shows travels with it.
    "Content-Security-Policy": "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}


async def show_all(visit: Visit) -> Response:
    found, levels = await _known(visit)
    return await visit.page(
        "emails.html",
        letterhead=found.letterhead,
        rows=list(rows_of(found, levels)),
        languages=await _seen_in(visit, found),
        saved=visit.request.query_params.get("saved"),
    )


async def save_letterhead(visit: Visit) -> Response:
    form = await visit.form()
    try:
        typed = read_as(
            PutLetterhead,
            {
                "colour": text(form, "colour").lower(),
                "picture": text(form, "picture") == "on",
                "requested_by": visit.desk.person.called,
            },
        )
    except Unusable:
        return visit.problem(HTTPStatus.UNPROCESSABLE_ENTITY, "That is no colour", "Go back and choose one.")
    await visit.desk.ask(PUT_LETTERHEAD, typed)
    return see("/emails?saved=letterhead")


async def show_for_all(visit: Visit) -> Response:
    found, levels = await _known(visit)
    return await _form(visit, found, levels, None)


async def show(visit: Visit) -> Response:
    found, levels = await _known(visit)
    return await _form(visit, found, levels, visit.id_in_path("level_id"))


async def save_for_all(visit: Visit) -> Response:
    return await _save(visit, None)


async def save(visit: Visit) -> Response:
    return await _save(visit, visit.id_in_path("level_id"))


async def preview(visit: Visit) -> Response:
    """What the frame beside a form shows: the mail with what is typed in the form; what it has not is as it is kept."""
    form = await visit.form()
    found, levels = await _known(visit)
    level = next((each for each in levels if each.level_id == text(form, "level_id")), levels[0] if levels else None)
    names = {each.level_id: each.name for each in levels}
    school = await visit.school()
    typed = typed_texts(form)
    try:
        asked = AskLetterPreview(
            letterhead=_typed_letterhead(form.get("colour"), form.get("picture")) or found.letterhead,
            texts=_as_texts(typed) if typed is not None else texts_for(found, level.level_id if level else None),
            locale=text(form, "seen_in") or (school.locale if school else "en"),
            school_locale=school.locale if school else "en",
            school_name=school.name if school else "Your school",
            child=SAMPLE_CHILD,
            level_name=level.name if level else SAMPLE_LEVEL,
            next_level_name=names.get(level.next_level_id or "") if level else None,
        )
    except ValueError as error:
        raise NotFound from error
    seen = await visit.desk.ask(LETTER_PREVIEW, asked)
    html = seen.html
    if html and seen.picture and level:
        html = html.replace(seen.picture, await _sample_picture(visit, level))
    answer = await visit.page("emails_preview.html", seen=seen, html=html, as_text=text(form, "seen_as") == "text")
    answer.headers.update(IN_A_FRAME)
    return answer


async def _save(visit: Visit, level_id: str | None) -> Response:
    form = await visit.form()
    found, levels = await _known(visit)
    typed = typed_texts(form) or []
    try:
        command = PutTemplate(
            level_id=level_id,
            texts=_as_texts(typed),
            replaces=int(text(form, "was") or 0),
            requested_by=visit.desk.person.called,
        )
    except ValueError:
        too_much = TemplateProblem(code="too_long", message=f"{MOST_LETTERS:,} characters are the most in a language.")
        kept_as_typed = [TemplateText.model_construct(language=language, text=words) for language, words in typed]
        return await _form(visit, found, levels, level_id, kept_as_typed, [too_much])
    verdict = await visit.desk.ask(PUT_TEMPLATE, command)
    if verdict.problems:
        return await _form(visit, found, levels, level_id, command.texts, verdict.problems)
    return see(f"/emails?saved={level_id or 'all'}")


async def _form(
    visit: Visit,
    found: Templates,
    levels: Sequence[PutLevel],
    level_id: str | None,
    typed: Sequence[TemplateText] | None = None,
    problems: Sequence[TemplateProblem] = (),
) -> Response:
    level = next((each for each in levels if each.level_id == level_id), None)
    kept = template_of(found, level_id)
    if level_id and not (level or kept):
        raise NotFound
    school = await visit.school()
    texts = typed if typed is not None else kept.texts if kept else ()
    return await visit.page(
        "emails_level.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        level_id=level_id,
        called=level.name if level else level_id,
        kept=kept,
        fields=fields_of(found.languages, school.locale if school else "en", texts, problems),
        problems=[problem for problem in problems if problem.line is None],
        wrong=len(problems),
        placeholders=PLACEHOLDERS,
        most=MOST_LETTERS,
        languages=await _seen_in(visit, found),
    )


async def _known(visit: Visit) -> tuple[Templates, list[PutLevel]]:
    found, ladder = await asyncio.gather(visit.desk.ask(TEMPLATES, Everything()), visit.desk.ask(LEVELS, Everything()))
    return found, [each.level for each in ladder.levels]


async def _seen_in(visit: Visit, found: Templates) -> dict[str, str]:
    """The languages that a mail can be looked at in, the school's own first: its tag, and what it is called."""
    school = await visit.school()
    own = school.locale if school else "en"
    others = {each.code: each.name for each in found.languages if each.code != own.partition("-")[0]}
    return {own: language_name(own), **others}


async def _sample_picture(visit: Visit, level: PutLevel) -> str:
    """The level's layout with its sample texts, as an address that holds the picture itself; empty without one."""
    try:
        layouts = {each.layout_id: each for each in (await visit.desk.ask(LAYOUTS, Everything())).layouts}
        layout = layouts[level.layout_id or ""]
        asked = AskLayoutPreview(layout_id=layout.layout_id, layout_version=layout.layout_version, width=560)
        drawn = await visit.desk.ask_bytes(LAYOUT_PREVIEW, asked)
    except (KeyError, NobodyAnswered, QueryRefused):
        return ""
    return f"data:image/jpeg;base64,{b64encode(drawn).decode()}"


def _typed_letterhead(colour: object, picture: object) -> Letterhead | None:
    return Letterhead(colour=str(colour).lower(), picture=picture == "on") if colour else None


def _as_texts(typed: Sequence[tuple[str | None, str]]) -> tuple[TemplateText, ...]:
    """ValueError where a message could not hold them."""
    return tuple(TemplateText(language=language, text=words) for language, words in typed)
