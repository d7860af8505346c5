"""Certificates on sheets of paper: where they stand, in which order, and how often each byte is stored."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest

from contracts.queries import RunCertificate, StudentRef, TeacherRef
from contracts.rendering import PaperSize
from services.staff.lists import grouped, in_order
from services.staff.packs.binding import Binder
from services.staff.packs.choices import Choices
from services.staff.packs.forms import stands_alone
from services.staff.packs.sheets import MM, PAPERS, laid_out
from tests.packs import LANDSCAPE, PORTRAIT, certificate, sheets, streams

SIZES = [LANDSCAPE, PORTRAIT, (419.5, 595.3), (612.0, 792.0), (792.0, 612.0)]


def paper_of(name: str, class_name: str | None, teacher: str, venue: str = "Kilbirnie") -> RunCertificate:
    return RunCertificate(
        certificate_id=name.encode().hex(),
        version=1,
        student=StudentRef(student_id="s", family_id="f", name=name, class_name=class_name, venue_name=venue),
        title="Level 3",
        number="2026-000001",
        state="issued",
        teacher=TeacherRef(teacher_id="t", name=teacher),
    )


@pytest.mark.parametrize(("paper", "each"), list(itertools.product(get_args(PaperSize), (1, 2, 4))))
@pytest.mark.parametrize("mixed", [False, True])
def test_certificates_stand_whole_apart_and_in_the_middle(paper: PaperSize, each: int, mixed: bool) -> None:
    for first in SIZES:
        sizes = [SIZES[(SIZES.index(first) + n * mixed) % len(SIZES)] for n in range(each)]
        sheet = laid_out(sizes, paper, each)
        assert sorted(sheet.size) == pytest.approx(sorted(PAPERS[paper]), abs=1)
        for size, place in zip(sizes, sheet.places, strict=True):
            left, bottom, right, top = place.box
            assert left >= -2
            assert bottom >= -2
            assert right <= sheet.size[0] + 2
            assert top <= sheet.size[1] + 2
            # Neither stretched nor cut.
            wide, high = (size[1], size[0]) if place.is_turned else size
            assert (right - left, top - bottom) == pytest.approx((wide * place.scale, high * place.scale))
        for one, other in itertools.combinations(sheet.places, 2):
            apart = max(
                one.box[0] - other.box[2],
                other.box[0] - one.box[2],
                one.box[1] - other.box[3],
                other.box[1] - one.box[3],
            )
            assert apart > 7 * MM


def test_the_same_paper_is_neither_scaled_nor_turned() -> None:
    for size in (LANDSCAPE, PORTRAIT):
        sheet = laid_out([size], "A4", 1)
        assert sheet.size == size
        assert sheet.places[0].matrix == (1, 0, 0, 1, 0, 0)
        assert sheet.marks == ()


def test_the_sheet_lies_as_most_of_its_certificates_do() -> None:
    assert laid_out([LANDSCAPE, LANDSCAPE], "A4", 2).size == PAPERS["A4"]
    assert laid_out([PORTRAIT, PORTRAIT], "A4", 2).size == tuple(reversed(PAPERS["A4"]))
    mixed = laid_out([LANDSCAPE, LANDSCAPE, PORTRAIT, LANDSCAPE], "A4", 4)
    assert [place.is_turned for place in mixed.places] == [False, False, True, False]


def test_marks_show_where_to_cut_and_touch_nothing() -> None:
    sheet = laid_out([LANDSCAPE, PORTRAIT], "Letter", 2)
    assert len(sheet.marks) == 2 * 8
    for x1, y1, x2, y2 in sheet.marks:
        for left, bottom, right, top in (place.box for place in sheet.places):
            assert max(x1, x2) < left or min(x1, x2) > right or max(y1, y2) < bottom or min(y1, y2) > top
        assert min(x1, x2) > 0
        assert min(y1, y2) > 0


@pytest.mark.parametrize("each", [1, 2, 4])
def test_a_pack_has_every_certificate_once_in_its_order_and_what_is_the_same_once(each: int) -> None:
    names = [f"Child number {n}" for n in range(60)]
    certificates = [certificate(name, LANDSCAPE if n % 5 else PORTRAIT) for n, name in enumerate(names)]
    binder = Binder("A4", each)
    binder.add(certificates[:7])
    binder.add(certificates[7:])
    pack = binder.finished("Print pack")
    found = sheets(pack)
    assert len(found) == -(-60 // each)
    assert {tuple(sorted(sheet[:2])) for sheet in found} == {(210, 297)}
    for n, sheet in enumerate(found):
        words = sheet.text.split("Child number ")[1:]
        assert {int(word) for word in words} == set(range(n * each, min(60, n * each + each)))
    assert streams(pack, "Image") == 1
    # The art lies otherwise on a page that is upright.
    assert streams(pack, "Form") == 60 + 2
    assert len(pack) < 2 * len(certificates[0])


def test_what_depends_on_what_was_drawn_before_is_not_taken_apart() -> None:
    assert stands_alone(b"/Artifact BMC\nq\n1 0 0 1 5 5 cm\n0 0 9 9 re\nf\nQ\nEMC\n")
    assert not stands_alone(b"1 0 0 -1 0 600 cm\nq\nQ\n")
    assert not stands_alone(b"Q\nq\n")
    assert not stands_alone(b"q\nq\nQ\n")


def test_papers_are_sorted_by_class_teacher_and_child() -> None:
    given = [
        paper_of("Zoë Æsir", "Tuesday 10 am", "Ana Ruiz"),
        paper_of("Āniwa Ngata", "Tuesday 9 am", "Tom O'Neill"),
        paper_of("Bo Li", "Tuesday 9 am", "Tom O'Neill"),
        paper_of("anna Karenina", "Tuesday 9 am", "Tom O'Neill"),
        paper_of("Cy Young", "Tuesday 9 am", "Ana Ruiz"),
        paper_of("Nobody's Child", None, "Ana Ruiz"),
    ]
    groups = grouped(given)
    assert [group.heading for group in groups] == [
        "Tuesday 9 am · Ana Ruiz",
        "Tuesday 9 am · Tom O'Neill",
        "Tuesday 10 am · Ana Ruiz",
        "No class · Ana Ruiz",
    ]
    assert [paper.student.name for paper in in_order(groups)][1:4] == ["Āniwa Ngata", "anna Karenina", "Bo Li"]
    elsewhere = grouped([*given, paper_of("Di Far", "Tuesday 9 am", "Ana Ruiz", "Karori")])
    assert elsewhere[0].heading == "Karori · Tuesday 9 am · Ana Ruiz"


def test_an_address_that_says_nonsense_is_as_usual() -> None:
    usual = Choices()
    assert Choices.of({"paper": "A0", "each": "3", "cover": "", "part": "-1", "which": "none"}) == usual
    wanted = Choices(paper="Letter", each="4", cover="no", background="no", which="waiting", part=2)
    assert Choices.of(dict(pair.split("=") for pair in wanted.address.split("&"))) == wanted
