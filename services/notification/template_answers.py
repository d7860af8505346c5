"""What a school changes in its mails, and how a mail would look with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from babel import Locale

from contracts.letter_queries import (
    AskLetterPreview,
    Letterhead,
    LetterPreview,
    MailLanguage,
    PutLetterhead,
    PutTemplate,
    TemplateProblem,
    Templates,
    TemplateText,
    TemplateVerdict,
)
from contracts.queries import Everything
from services.kit.telemetry import get_logger
from services.notification.languages import TEXTS, language
from services.notification.letter import Award, Letter, Writer
from services.notification.mime import Picture
from services.notification.stationery import said_in, texts_of
from services.notification.template import Facts, problems_in
from services.notification.template_store import ChangedMeanwhile, TemplateStore

CHANGED_MEANWHILE = TemplateProblem(
    code="changed_meanwhile",
    message="Somebody else has changed this text while you worked on it. What you see is what you entered: look at "
    "the text in another window, then save again to have it your way.",
)
NOWHERE = "https://family.example/"
"""Where the button of a preview leads."""
SAMPLE_PICTURE = "picture@preview"


class TemplateAnswers:
    def __init__(self, store: TemplateStore, writer: Writer) -> None:
        self._store = store
        self._writer = writer

    async def templates(self, school_id: str, _: Everything) -> Templates:
        return Templates(
            letterhead=await self._store.letterhead(school_id),
            templates=await self._store.templates(school_id),
            languages=LANGUAGES,
        )

    async def put_template(self, school_id: str, asked: PutTemplate) -> TemplateVerdict:
        """Kept, unless something is wrong with it."""
        wanted = asked.model_copy(update={"texts": _tidied(asked.texts)})
        found = problems_in(wanted.texts, TEXTS)
        if found:
            template = await self._store.template(school_id, wanted.level_id)
            return TemplateVerdict(problems=tuple(found), template=template)
        try:
            kept = await self._store.put_template(school_id, wanted)
        except ChangedMeanwhile:
            template = await self._store.template(school_id, wanted.level_id)
            return TemplateVerdict(problems=(CHANGED_MEANWHILE,), template=template)
        get_logger().info("template_put", level_id=wanted.level_id, revision=kept and kept.revision)
        return TemplateVerdict(problems=(), template=kept)

    async def put_letterhead(self, school_id: str, asked: PutLetterhead) -> Letterhead:
        kept = await self._store.put_letterhead(school_id, asked)
        get_logger().info("letterhead_put", colour=kept.colour, picture=kept.picture)
        return kept

    async def preview(self, _: str, asked: AskLetterPreview) -> LetterPreview:
        texts = _tidied(asked.texts)
        if found := problems_in(texts, TEXTS):
            return LetterPreview(problems=tuple(found))
        contents = self._writer.contents(_sample_letter(asked, texts))
        picture = f"cid:{SAMPLE_PICTURE}" if asked.letterhead.picture else None
        return LetterPreview(
            problems=(), subject=contents.subject.strip(), text=contents.text, html=contents.html, picture=picture
        )


def _tidied(texts: Iterable[TemplateText]) -> tuple[TemplateText, ...]:
    """With lines that end as everywhere else."""
    return tuple(each.model_copy(update={"text": each.text.replace("\r\n", "\n")}) for each in texts)


def _sample_letter(asked: AskLetterPreview, texts: tuple[TemplateText, ...]) -> Letter:
    spoken = language(asked.locale, asked.school_locale)
    facts: Facts = {
        "child": asked.child,
        "level": asked.level_name,
        "next_level": asked.next_level_name,
        "school": asked.school_name,
    }
    award = Award(
        child=asked.child,
        title=asked.level_name,
        level_name=asked.level_name,
        issued_on=datetime.now(UTC).date(),
        corrects=False,
        said=said_in(texts_of(texts), spoken, asked.school_locale, facts),
        picture=Picture(SAMPLE_PICTURE, b"") if asked.letterhead.picture else None,
    )
    return Letter(
        guardian_name="Alex",
        address="alex@family.example",
        school_name=asked.school_name,
        language=spoken,
        awards=(award,),
        family_url=NOWHERE,
        identity="preview",
        colour=asked.letterhead.colour,
    )


LANGUAGES = tuple(MailLanguage(code=code, name=Locale.parse(code).get_display_name() or code) for code in TEXTS)
