"""What the school of `staff_school` has changed in its mails, and a mail to look at."""

from __future__ import annotations

from datetime import UTC, datetime

from contracts.letter_queries import Letterhead, LetterPreview, MailLanguage, Template, Templates, TemplateText

NEXT = "Next for {{ child }} is {{ next_level }}.\n\nTimes: https://harbour.example/<terms>"
TEMPLATES = Templates(
    letterhead=Letterhead(colour="#1d4ed8"),
    templates=(
        Template(
            level_id="starfish",
            texts=(TemplateText(text=NEXT), TemplateText(language="de", text="Als Nächstes: {{ next_level }}.")),
            revision=7,
            changed_by="Rangi Patel",
            changed_at=datetime(2026, 3, 5, 3, 5, tzinfo=UTC),
        ),
    ),
    languages=(
        MailLanguage(code="en", name="English"),
        MailLanguage(code="de", name="Deutsch"),
        MailLanguage(code="ar", name="العربية"),
    ),
)
SEEN = LetterPreview(
    problems=(),
    subject="A certificate from Harbour Swim & Dance",
    text="Hello Alex,\n\nMia has earned a certificate",
    html='<p style="color: #1d4ed8">Hello Alex</p><img alt="The certificate" src="cid:picture@preview">',
    picture="cid:picture@preview",
)
