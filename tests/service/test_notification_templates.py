"""A school changes its mails: what is broken is not kept, and what is kept stands in the next mail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, TypeVar

import pytest

from contracts.base import Body
from contracts.catalogue import LETTER_PREVIEW, PUT_LETTERHEAD, PUT_TEMPLATE, TEMPLATES, QueryType
from contracts.letter_queries import (
    AskLetterPreview,
    Letterhead,
    PutLetterhead,
    PutTemplate,
    Templates,
    TemplateText,
    TemplateVerdict,
)
from contracts.queries import Everything, LevelRef
from deploy.embedded.nats import NatsServer
from services.kit.broker import Bus, QueryRefused
from services.kit.telemetry import Metrics
from tests.conftest import TestDatabase
from tests.school import SCHOOL_ID
from tests.service.notification_running import HANA, TOM, Notification, notification_running
from tests.service.postbox import html_of, text_of

Reply = TypeVar("Reply", bound=Body)
DOLPHIN = LevelRef(level_id="l3", name="Dolphin 3")


@pytest.fixture
async def notification(nats_server: NatsServer, database: TestDatabase) -> AsyncIterator[Notification]:
    async with notification_running(nats_server, database, digest_grace_s=0.3) as notification:
        yield notification


@pytest.fixture
async def staff(nats_server: NatsServer, notification: Notification) -> AsyncIterator[Staff]:
    bus = Bus("staff", nats_server.url("staff"), Metrics())
    await bus.start()
    yield Staff(bus)
    await bus.stop()


class Staff:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def ask(self, query: QueryType[Any, Reply], request: Body, school_id: str = SCHOOL_ID) -> Reply:
        return await self._bus.ask(query, school_id, request)

    async def puts(
        self, text: str, level_id: str | None = None, replaces: int | None = None, **languages: str
    ) -> TemplateVerdict:
        texts = [TemplateText(text=text), *(TemplateText(language=code, text=said) for code, said in languages.items())]
        command = PutTemplate(level_id=level_id, texts=tuple(texts), replaces=replaces, requested_by="Rangi")
        return await self.ask(PUT_TEMPLATE, command)

    async def kept(self, school_id: str = SCHOOL_ID) -> Templates:
        return await self.ask(TEMPLATES, Everything(), school_id)


async def test_a_broken_template_is_not_kept(notification: Notification, staff: Staff) -> None:
    good = await staff.puts("Well done, {{ child }}!")
    assert (good.problems, good.template and good.template.changed_by) == ((), "Rangi")
    bad = await staff.puts("Well done!\n{{ chld }}", de="Gut gemacht, {{ child }")
    assert [(each.code, each.language, each.line) for each in bad.problems] == [
        ("unknown_placeholder", None, 2),
        ("stray_brace", "de", 1),
    ]
    strange = await staff.puts("Well done!", ja="よくできました")
    assert [(each.code, each.language) for each in strange.problems] == [("unknown_language", "ja")]
    assert bad.template == strange.template == good.template
    assert (await staff.kept()).templates == (good.template,)


async def test_the_same_twice_is_one_change_and_every_change_is_kept_with_its_maker(
    notification: Notification, staff: Staff
) -> None:
    for text in ("One", "One", "Two", "", ""):
        await staff.puts(text, "l3")
    assert (await staff.kept()).templates == ()
    rows = await notification.rows("SELECT texts, requested_by FROM notification.template ORDER BY revision")
    assert [(row["texts"], row["requested_by"]) for row in rows] == [
        ('[{"text": "One"}]', "Rangi"),
        ('[{"text": "Two"}]', "Rangi"),
        ("[]", "Rangi"),
    ]


async def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    notification: Notification, staff: Staff
) -> None:
    mine = (await staff.puts("Mine", "l3", replaces=0)).template
    assert mine is not None
    late = await staff.puts("Late", "l3", replaces=0)
    assert ([each.code for each in late.problems], late.template) == (["changed_meanwhile"], mine)
    assert (await staff.puts("Next", "l3", replaces=mine.revision)).problems == ()


async def test_schools_share_no_letterhead_and_what_is_no_colour_is_none(
    notification: Notification, staff: Staff
) -> None:
    await staff.puts("Ours")
    await staff.ask(PUT_LETTERHEAD, PutLetterhead(colour="#1d4ed8", picture=True, requested_by="Rangi"))
    theirs = await staff.kept("another-school")
    assert (theirs.templates, theirs.letterhead) == ((), Letterhead())
    asked = PutLetterhead.model_construct(colour="red;}", picture=False, requested_by="Rangi")
    with pytest.raises(QueryRefused, match="colour"):
        await staff.ask(PUT_LETTERHEAD, asked)
    assert (await staff.kept()).letterhead == Letterhead(colour="#1d4ed8", picture=True)


async def test_a_mail_says_what_the_level_says_else_what_all_say(notification: Notification, staff: Staff) -> None:
    await staff.puts("Next for {{ child }} is {{ next_level }}.", "l3", de="Als Nächstes: {{ next_level }}.")
    await staff.puts("Well done at {{ level }}.")
    await staff.ask(PUT_LETTERHEAD, PutLetterhead(colour="#1d4ed8", requested_by="Rangi"))
    notification.neighbours.families["f-thompson"] = (HANA, TOM.model_copy(update={"locale": "de"}))
    notification.neighbours.enters("c1", level=DOLPHIN, next_level_name="Shark 1")
    notification.neighbours.enters("c2", level=LevelRef(level_id="l4", name="Shark 1"))
    notification.neighbours.enters("c3", kind="ad_hoc")
    for count, certificate_id in enumerate(("c1", "c2", "c3"), 1):
        await notification.neighbours.publishes(certificate_id)
        await notification.mails(2 * count)
    to_hana = [text_of(mail) for mail in notification.postbox.taken if "hana@" in str(mail["To"])]
    to_tom = [text_of(mail) for mail in notification.postbox.taken if "tom@" in str(mail["To"])]
    assert "Next for Mia Thompson is Shark 1." in to_hana[0]
    assert "Als Nächstes: Shark 1." in to_tom[0]
    assert "Well done at Shark 1." in to_hana[1]
    assert "Well done at Shark 1." in to_tom[1]
    assert not [text for text in (to_hana[2], to_tom[2]) if "Well done" in text]
    assert "background:#1d4ed8" in html_of(notification.postbox.taken[0])


@pytest.mark.heavy
async def test_a_corrected_certificate_is_mailed_without_what_was_said_already(
    notification: Notification, staff: Staff
) -> None:
    await staff.puts("See you next term.")
    for version in (1, 2):
        notification.neighbours.enters("c1", level=DOLPHIN, versions=version)
        await notification.neighbours.publishes("c1", version)
        await notification.mails(version)
    assert ["See you next term." in text_of(mail) for mail in notification.postbox.taken] == [True, False]


async def test_a_preview_is_the_mail_as_it_would_be_and_keeps_nothing(notification: Notification, staff: Staff) -> None:
    asked = AskLetterPreview(
        letterhead=Letterhead(colour="#1d4ed8", picture=True),
        texts=(TemplateText(text="Next is {{ next_level }}."), TemplateText(language="ar", text="{{ child }}")),
        school_name="Kauri Coast",
        child="Ana",
        level_name="Dolphin 3",
        next_level_name="Shark 1",
    )
    seen = await staff.ask(LETTER_PREVIEW, asked)
    assert (seen.problems, seen.subject) == ((), "A certificate from Kauri Coast")
    assert seen.text is not None
    assert "Next is Shark 1." in seen.text
    assert seen.html is not None
    assert f'src="{seen.picture}"' in seen.html
    arabic = await staff.ask(LETTER_PREVIEW, asked.model_copy(update={"locale": "ar-EG"}))
    assert arabic.html is not None
    assert 'lang="ar-EG" dir="rtl"' in arabic.html
    broken = await staff.ask(LETTER_PREVIEW, asked.model_copy(update={"texts": (TemplateText(text="{{"),)}))
    assert ([each.code for each in broken.problems], broken.html) == (["stray_brace"], None)
    assert (await staff.kept()) == Templates(
        letterhead=Letterhead(), templates=(), languages=(await staff.kept()).languages
    )
