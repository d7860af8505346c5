"""Values to try a layout with: the sample in it, the longest that it takes, and names that are hard to print."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.rendering import LayoutField

WORDS = "Ngāhuia Wrightson-Mangatāwhiri Nguyễn Phạm "
VERIFY_URL = "https://portal.kauri-coast-swim-school.example/verify/WWWW-WWWW-WWWW"
USUAL_LENGTH = 60
DRAWN = "verify_qr"

OF_FIXED_FORM = {"issued_on": "30 September 2026", "number": "KCSS-2026-000000", "verify_url": VERIFY_URL}

DIFFICULT = {
    "latin": ("Te Whetūmārama O\u2019Sullivan-Nguyễn Thị Quỳnh Như 🐬", "Zoë Ångström-Đặng", "Kia kaha! Giỏi lắm! 🎉"),
    "arabic": ("مريم بنت عبد الرحمن الحسيني", "د. يوسف عبد الله", "أحسنتِ! نحن فخورون بكِ."),
    "chinese": ("欧阳娜娜·司徒雅慧", "上官婉儿", "勇敢的小海豹 继续加油"),
}
"""For each script: a student, a teacher, notes. They are apart, as no name mixes scripts that run both ways."""


def longest_values(fields: tuple[LayoutField, ...]) -> dict[str, str]:
    """As long as `max_length` says; a field without one gets what is usual."""
    longest: dict[str, str] = {field.name: _longest(field) for field in fields if field.name != DRAWN}
    return {"verify_url": VERIFY_URL, **longest}


def sample_values(fields: tuple[LayoutField, ...], shown: Mapping[str, str]) -> dict[str, str]:
    """What stands in the layout itself; `shown` is that, by field."""
    named: dict[str, str] = {
        field.name: shown.get(field.name) or _longest(field) for field in fields if field.name != DRAWN
    }
    return {"verify_url": VERIFY_URL, **named}


def difficult_values(sample: Mapping[str, str], script: str) -> dict[str, str]:
    """The sample, given to somebody whose name is hard to print."""
    difficult = dict(zip(("recipient_name", "teacher_name", "notes"), DIFFICULT[script], strict=True))
    return {**sample, **{name: value for name, value in difficult.items() if name in sample}}


def _longest(field: LayoutField) -> str:
    length = field.max_length or USUAL_LENGTH
    return OF_FIXED_FORM.get(field.name) or (WORDS * (length // len(WORDS) + 1))[:length].strip()
