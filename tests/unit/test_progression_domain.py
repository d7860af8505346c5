"""The rules of completing and issuing, by themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.rendering import LayoutField
from services.kit.dates import known_locale, long_date
from services.progression.domain import (
    Layout,
    Level,
    Print,
    School,
    Skill,
    Teacher,
    blocked,
    certificate_number,
    first_name,
    is_complete,
    is_time_zone,
    local_date,
    mark_value,
    moment_of,
    objections,
    printed_name,
)

FLOAT = Skill("float", "Floats on back", "tick")
SWIM = Skill("swim", "Freestyle 25 m", "scale")
LEVEL = Level("l3", "Level 3", None, "harbour", auto_issue=False)
PLAIN = Layout("plain", 1, "Plain", (LayoutField(name="recipient_name", max_length=20),))


def test_a_mark_counts_from_when_it_was_marked_and_never_from_the_future() -> None:
    now = datetime(2026, 11, 20, 4, tzinfo=UTC)
    earlier = datetime(2026, 11, 20, 16, 30, tzinfo=timezone(timedelta(hours=13)))
    assert moment_of(None, now) == now
    assert moment_of(earlier, now) == earlier
    # At the ends of the calendar: what no database keeps.
    assert moment_of(datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-14))), now) == now
    assert moment_of(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), now).year == 1970


def test_a_level_is_complete_when_every_skill_is_at_100() -> None:
    assert is_complete([FLOAT, SWIM], {"float": 100, "swim": 100})
    assert not is_complete([FLOAT, SWIM], {"float": 100, "swim": 99})
    assert not is_complete([FLOAT, SWIM], {"swim": 100})


def test_a_level_without_skills_is_never_complete() -> None:
    assert not is_complete([], {})


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 100)), st.sets(st.sampled_from("abcdef"), min_size=1))
def test_marks_of_other_skills_never_matter(values: dict[str, int], wanted: set[str]) -> None:
    skills = [Skill(skill_id, skill_id, "scale") for skill_id in wanted]
    own = {skill_id: value for skill_id, value in values.items() if skill_id in wanted}
    assert is_complete(skills, values) == is_complete(skills, own)


def test_a_tick_takes_yes_or_no_and_a_scale_takes_a_number() -> None:
    assert [mark_value(FLOAT, True), mark_value(FLOAT, False), mark_value(SWIM, 80)] == [100, 0, 80]
    with pytest.raises(ValueError, match="“Floats on back” is a tick"):
        mark_value(FLOAT, 100)
    with pytest.raises(ValueError, match="“Freestyle 25 m” is a scale"):
        mark_value(SWIM, True)


def test_the_preferred_name_is_printed() -> None:
    assert printed_name("Anahera", "Ngāta", "Ana") == "Ana Ngāta"
    assert printed_name("Siobhán", "O'Brien", None) == "Siobhán O'Brien"


def test_a_name_in_chinese_letters_has_the_family_first() -> None:
    assert printed_name("小明", "王", None) == "王小明"
    assert printed_name("Xiaoming", "王", None) == "Xiaoming 王"


def test_a_date_is_the_venues_own() -> None:
    evening_in_utc = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
    assert local_date(evening_in_utc, "Pacific/Auckland") == date(2026, 11, 25)
    assert local_date(evening_in_utc, "Australia/Perth") == date(2026, 11, 25)
    assert local_date(evening_in_utc, "America/New_York") == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("locale", "text"), [("en-NZ", "5 March 2026"), ("de", "5. März 2026"), ("mi", "5 Māehe 2026")]
)
def test_a_date_is_printed_in_the_schools_language(locale: str, text: str) -> None:
    assert long_date(date(2026, 3, 5), locale) == text


def test_time_zones_and_locales_are_known_or_not() -> None:
    assert is_time_zone("Pacific/Auckland")
    assert not is_time_zone("Mars/Olympus")
    assert not is_time_zone("../../etc/passwd")
    assert known_locale("en-NZ")
    assert known_locale("xx-YY") is None


def test_a_level_without_a_layout_is_blocked_with_what_to_do() -> None:
    reason = blocked(Level("l9", "Level 9", None, None, auto_issue=False), None)
    assert reason is not None
    assert reason.code == "no_layout"
    assert "Choose a layout" in reason.message


def test_a_level_whose_layout_is_not_published_is_blocked() -> None:
    reason = blocked(LEVEL, None)
    assert reason is not None
    assert reason.code == "layout_not_published"
    assert blocked(LEVEL, PLAIN) is None


def test_a_layout_objects_to_notes_that_it_does_not_show_and_to_texts_that_are_too_long() -> None:
    found = objections(PLAIN, {"recipient_name": "x" * 21, "notes": "Well done", "title": "y" * 99}, "certificates.0.")
    assert [(reason.code, reason.path) for reason in found] == [
        ("notes_not_shown", "certificates.0.notes"),
        ("too_long", "certificates.0.recipient_name"),
    ]


def test_numbers_are_short_and_sort_as_they_were_given() -> None:
    assert certificate_number(2026, 123) == "2026-000123"
    assert sorted([certificate_number(2026, 10), certificate_number(2026, 9)])[0] == "2026-000009"


def test_every_field_is_frozen_and_absent_ones_are_empty() -> None:
    school = School("demo", "Kauri Coast", "Pacific/Auckland", "en-NZ")
    paper = Print(
        PLAIN, "Ana", "Bravo", None, date(2026, 3, 5), Teacher("t", "Tama"), None, school, "2026-1", "https://v"
    )
    assert paper.fields()["notes"] == ""
    assert paper.fields()["level_name"] == ""
    assert paper.fields()["issued_on"] == "5 March 2026"


@pytest.mark.parametrize(
    ("recipient_name", "names", "first"),
    [
        ("Mia Thompson", ("Amelia", "Thompson", "Mia"), "Mia"),
        ("Amelia Thompson", ("Amelia", "Thompson", "Mia"), "Amelia"),
        ("Mary Ann Lee", ("Mary Ann", "Lee", None), "Mary Ann"),
        ("Meera Patel", ("Mira", "Patel", None), "Meera"),
        ("Patel, Meera", ("Mira", "Patel", None), "Mira"),
        ("李明", ("明", "李", None), "明"),
        ("李強", ("明", "李", None), "明"),
    ],
)
def test_the_first_name_on_a_certificate_never_has_the_family_name(
    recipient_name: str, names: tuple[str, str, str | None], first: str
) -> None:
    assert first_name(recipient_name, *names) == first
