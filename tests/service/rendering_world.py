"""What tests of rendering share: one browser and the demo's layouts."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from contracts.certificates import Issue
from contracts.envelope import MESSAGE_ID, wrap
from services.kit.broker import Bus
from services.rendering.layouts import draft_of
from services.rendering.layouts.trial import QUICKEST
from services.rendering.library import FrozenLayout, LayoutDraft, frozen_as
from tests.school import SCHOOL_ID

DEMO_LAYOUTS = Path(__file__).parents[2] / "deploy" / "demo" / "layouts"
LAYOUT_IDS = sorted(folder.name for folder in DEMO_LAYOUTS.iterdir())
VERIFY_URL = "https://portal.example/verify/7Q4K-92MX-HD3T"
FIELDS = {
    "recipient_name": "Aroha Ngata",
    "level_name": "Little Penguin",
    "title": "Little Penguin",
    "issued_on": "30 September 2026",
    "teacher_name": "Mereana Parata",
    "school_name": "Kauri Coast Swim School",
    "number": "KC-2026-000123",
    "notes": "Brave from the first day!",
    "verify_url": VERIFY_URL,
}


@cache
def demo_draft(layout_id: str) -> LayoutDraft:
    """As it is published: that the quickest way suits it is a test of its own."""
    return draft_of(DEMO_LAYOUTS / layout_id, layout_id).model_copy(update=QUICKEST)


def demo_layout(layout_id: str) -> FrozenLayout:
    return frozen_as(SCHOOL_ID, layout_id, 1, demo_draft(layout_id))


def issue(certificate_id: str, layout_id: str = "harbour", version: int = 1, **changed: str) -> Issue:
    return Issue(
        certificate_id=certificate_id,
        version=1,
        layout_id=layout_id,
        layout_version=version,
        fields=FIELDS | changed,
    )


async def command(progression: Bus, body: Issue | bytes, command_id: str, *, attempt: int = 1) -> None:
    """Publish an issue command. Another attempt is the same command once more, past the broker's own suppression."""
    content = body if isinstance(body, bytes) else body.json_bytes()
    envelope = wrap(issue("any"), SCHOOL_ID, source="/laurel/progression", message_id=command_id)
    await progression.jetstream.publish(
        envelope.subject, content, headers=envelope.headers | {MESSAGE_ID: f"{command_id}-{attempt}"}
    )
