"""What staff choose to look at among the pending progressions, and what they tick there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from starlette.datastructures import FormData, QueryParams

from contracts.base import Weekday
from contracts.queries import (
    LevelRef,
    Pending,
    PendingCertificate,
    PendingLayout,
    PendingLevelChange,
    PendingWarning,
    StudentRef,
    TeacherRef,
)
from services.staff.listing import Listing, Menus, all_that_waits
from services.staff.review import Look, Review
from services.staff.selection import Selection, Tally

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
NOTED = PendingLayout(layout_id="noted", layout_version=1, name="Noted", shows_notes=True, notes_max_length=10)
PLAIN = PendingLayout(layout_id="plain", layout_version=1, name="Plain", shows_notes=False)


def certificate(
    id_: str,
    name: str,
    *,
    level: str = "l1",
    teacher: str = "t1",
    day: Weekday = "monday",
    venue: str = "v1",
    days: int = 1,
    layout: PendingLayout = NOTED,
    family: str = "f1",
    guardians: int = 1,
    warnings: tuple[PendingWarning, ...] = (),
) -> PendingCertificate:
    given, _, last = name.partition(" ")
    student = StudentRef(
        student_id=f"s-{id_}",
        family_id=family,
        name=name,
        given_name=given,
        family_name=last,
        weekday=day,
        venue_id=venue,
        venue_name=venue.upper(),
        class_name=f"{day} class",
    )
    return PendingCertificate(
        progression_id=id_,
        student=student,
        level=LevelRef(level_id=level, name=level.upper()),
        teacher=TeacherRef(teacher_id=teacher, name=teacher.upper()),
        completed_on=date(2026, 11, 26) - timedelta(days=days),
        since=NOW - timedelta(days=days),
        layout=layout,
        guardians=guardians,
        warnings=warnings,
    )


def change(row: PendingCertificate) -> PendingLevelChange:
    return PendingLevelChange(
        progression_id=row.progression_id,
        student=row.student,
        level=row.level,
        to_level=LevelRef(level_id="l9", name="L9"),
        since=row.since,
        teacher=row.teacher,
        completed_on=row.completed_on,
    )


AROHA = certificate("a", "Aroha Wright", days=3)
MAIA = certificate("m", "Māia Ngata", level="l2", teacher="t2", day="saturday", venue="v2", days=20, family="f2")
ZOE = certificate("z", "Zoë Adams", level="l2", layout=PLAIN, days=8, family="f2", guardians=0)
PENDING = Pending(certificates=(AROHA, MAIA, ZOE), level_changes=(change(AROHA), change(MAIA)))


def found(address: str, searched: str = "") -> list[str]:
    listing = Listing.of(QueryParams(address))
    return [row.progression_id for row in listing.rows(all_that_waits(PENDING), NOW, searched)]


@pytest.mark.parametrize(
    ("address", "ids"),
    [
        ("", ["a", "m", "z"]),
        ("venue=v2", ["m"]),
        ("day=saturday", ["m"]),
        ("class=monday+class", ["a", "z"]),
        ("teacher=t2", ["m"]),
        ("level=l2", ["m", "z"]),
        ("level=l2&teacher=t1", ["z"]),
        ("waiting=7", ["m", "z"]),
        ("waiting=14", ["m"]),
        ("waiting=soon", ["a", "m", "z"]),
        ("level=nowhere", []),
        ("sort=student", ["z", "m", "a"]),
        ("sort=-student", ["a", "m", "z"]),
        ("sort=since", ["m", "z", "a"]),
        ("sort=-completed", ["a", "z", "m"]),
        ("sort=-level", ["z", "m", "a"]),
        ("sort=password", ["a", "m", "z"]),
    ],
)
def test_an_address_says_what_is_shown_and_in_what_order(address: str, ids: list[str]) -> None:
    assert found(address) == ids


def test_a_name_is_found_as_it_is_typed_in_a_hurry() -> None:
    assert found("", "maia") == ["m"]
    assert found("", "  ZOE a") == ["z"]
    assert found("level=l1", "maia") == []


def test_an_address_has_what_is_chosen_and_nothing_else() -> None:
    listing = Listing.of(QueryParams("level=l2&sort=student&name=Aroha"))
    assert listing.address() == "/pending?level=l2&sort=student"
    assert listing.by("student") == "/pending?level=l2&sort=-student"
    assert listing.by("since") == "/pending?level=l2&sort=since"
    assert listing.cleared == "/pending?sort=student"
    assert Listing().address() == "/pending"
    assert listing.narrows
    assert not Listing(sort="student").narrows


def test_the_menus_offer_what_waits() -> None:
    menus = Menus.of(all_that_waits(PENDING))
    assert menus.venues == (("v1", "V1"), ("v2", "V2"))
    assert menus.days == (("monday", "Monday"), ("saturday", "Saturday"))
    assert menus.levels == (("l1", "L1"), ("l2", "L2"))
    assert menus.teachers == (("t1", "T1"), ("t2", "T2"))


# --- what is ticked


def test_what_is_ticked_on_other_pages_is_one_field() -> None:
    form = FormData([("certificate", "a"), ("certificates", "m z a"), ("level_changes", "")])
    assert Selection.of(form).certificates == ("a", "m", "z")
    assert Selection.of(form).level_changes == ()


def test_a_rows_own_note_wins_over_the_note_for_all() -> None:
    form = FormData([("note", "Well done"), ("notes-a", "Brave"), ("notes-m", " "), ("noteless", "z y")])
    selection = Selection.of(form)
    assert [selection.note_of(id_) for id_ in ("a", "m", "z", "n")] == ["Brave", "Well done", "", "Well done"]


def test_notes_that_are_too_long_are_told_before_anything_is_sent() -> None:
    selection = Selection(("a", "m", "z"), (), notes={"a": "Brave in the deep end"}, note="Well done, all")
    own, shared = selection.objections(PENDING)
    assert (own.path, own.message) == ("certificates.0.notes", "This note has 21 characters; “Noted” has room for 10.")
    assert (shared.path, shared.message) == (None, "The note for all has 14 characters; “Noted” has room for 10.")
    assert Selection(("z",), (), note="Well done, all").objections(PENDING) == ()
    assert Selection(("a",), (), note="Well done").objections(PENDING) == ()


def test_what_would_be_refused_is_not_ticked() -> None:
    too_long = PendingWarning(code="too_long", message="Too long.", field="recipient_name", stops=True)
    pending = Pending(certificates=(AROHA, certificate("x", "Long Name", warnings=(too_long,))), level_changes=())
    selection = Selection.everything(pending)
    assert selection.certificates == ("a",)
    assert Tally.of(selection, pending, pending) == Tally(
        selected=1, certificates=1, level_changes=0, blocked=1, families=1
    )


def test_a_family_is_counted_once_and_only_when_somebody_has_an_address() -> None:
    assert Tally.of(Selection(("a", "m", "z"), ("m",)), PENDING, PENDING).families == 2
    assert Tally.of(Selection(("z",), ("a", "z")), PENDING, PENDING) == Tally(2, 1, 2, 0, 0)


def test_ticking_all_that_match_leaves_the_others_as_they_are() -> None:
    look = Look.of(FormData([("act", "untick-certificate"), ("shown", "1")]))
    review = Review.of(PENDING, Listing(level="l2"), look, Selection(("a", "m", "z"), ("m",)), NOW)
    assert review.selection.certificates == ("a",)
    assert review.selection.level_changes == ("m",)
    again = Look.of(FormData([("act", "tick-certificate")]))
    assert Review.of(PENDING, Listing(), again, review.selection, NOW).selection.certificates == ("a", "m", "z")


def test_ticking_a_page_leaves_the_other_pages_as_they_are() -> None:
    many = Pending(certificates=tuple(certificate(f"p{n}", f"Child {n}") for n in range(300)), level_changes=())
    look = Look.of(FormData([("act", "untickpage-certificate"), ("shown", "2")]))
    assert Review.of(many, Listing(), look, None, NOW).tally.selected == 250


def test_what_is_not_shown_travels_along_and_what_waits_no_more_does_not() -> None:
    sent = Selection(("a", "m", "gone"), ("a",), notes={"a": "Brave", "m": "Calm"})
    review = Review.of(PENDING, Listing(), Look("search", 1, "maia"), sent, NOW)
    assert [row.progression_id for row in review.certificates] == ["m"]
    assert review.elsewhere.certificates == ("a",)
    assert review.elsewhere.level_changes == ("a",)
    assert review.elsewhere.families == ("f1",)
    assert review.elsewhere.notes == {"a": "Brave"}
    assert review.selection.certificates == ("a", "m")


def test_a_long_list_has_pages() -> None:
    many = [certificate(f"p{n}", f"Child {n}") for n in range(600)]
    pending = Pending(certificates=tuple(many), level_changes=())
    last = Review.of(pending, Listing(), Look.of(FormData([("act", "page-9")])), None, NOW)
    assert (last.page, last.pages, len(last.certificates)) == (3, 3, 100)
    assert len(last.elsewhere.certificates) == 500
    assert last.tally.selected == 600
