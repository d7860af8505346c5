"""Names as the public sees them, and dates as families read them."""

from __future__ import annotations

from datetime import date

import pytest

from services.kit.dates import long_date
from services.portal.domain import public_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Mia Thompson", "Mia T."),
        ("Mia van der Berg", "Mia B."),
        ("Aroha", "A…"),
        ("王小明", "王…"),
        ("ليلى حسن", "ليلى ح."),
        ("Zoe\u0308 A\u0301vila", "Zoe\u0308 A\u0301."),
        ("  Mia   Thompson ", "Mia T."),
    ],
)
def test_a_public_name_is_no_full_name(name: str, shown: str) -> None:
    assert public_name(name) == shown


@pytest.mark.parametrize(
    ("locale", "shown"),
    [
        ("en-NZ", "12 March 2026"),
        ("en-US", "March 12, 2026"),
        ("de", "12. März 2026"),
        ("zh-Hant-TW", "2026年3月12日"),
        ("vi", "12 tháng 3, 2026"),
        ("de-Zzzz-XX", "12. März 2026"),
        ("xx-nowhere", "12 March 2026"),
        (None, "12 March 2026"),
    ],
)
def test_a_date_is_in_the_words_of_its_locale(locale: str | None, shown: str) -> None:
    assert long_date(date(2026, 3, 12), locale) == shown
