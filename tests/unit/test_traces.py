"""Which messages tell of an erased child, and which of another one."""

from __future__ import annotations

import json

import pytest

from services.progression.traces import Traces

ANA = Traces(
    students=frozenset({"s1"}),
    certificates=frozenset({"c1", "c2"}),
    progressions=frozenset({"p1"}),
    names=frozenset({"Ana Ngāta"}),
)


@pytest.mark.parametrize(
    "body",
    [
        {"student_id": "s1"},
        {"certificate_id": "c2", "version": 1},
        {"certificate_ids": ["c9", "c1"]},
        {"progression_id": "p1", "level_id": "l1"},
        {"run_id": "r1", "certificates": [{"progression_id": "p1"}], "level_changes": []},
        {"run_id": "r1", "certificates": [], "level_changes": ["p1"]},
        {"students": [{"student_id": "s1", "given_name": "Ana"}]},
        {"command_id": "x", "reasons": [{"code": "moved", "message": "Ana Ngāta has moved on."}]},
        {"command_id": "x", "reasons": [{"code": "unknown_student", "message": "There is no student “s1”."}]},
    ],
)
def test_what_tells_of_the_child_is_known(body: object) -> None:
    assert ANA.tells_of(json.dumps(body).encode())
    assert ANA.tells_of(json.dumps(body, ensure_ascii=False).encode())


@pytest.mark.parametrize(
    "body",
    [
        {"student_id": "s11", "level_id": "s1", "class_name": "c1"},
        {"certificate_id": "c3", "student_id": "s2", "recipient_name": "Ana Ngāta"},
        {"student_id": "s2", "given_name": "Ben", "family_name": "Ngāta"},
        {"command_id": "x", "reasons": [{"code": "moved", "message": "Ben Ngāta has moved on."}]},
        {"family_id": "f1", "guardians": [{"guardian_id": "g1"}]},
        [1, None, "c1", "s1"],
    ],
)
def test_what_tells_of_another_child_is_not_even_one_of_the_same_name(body: object) -> None:
    assert not ANA.tells_of(json.dumps(body).encode())


@pytest.mark.parametrize(
    "body",
    [
        b'{"student_id": "s1", "given',
        b'{"recipient_name": "Ana Ng\\u0101ta',
        "Ana Ngāta, broken".encode(),
    ],
)
def test_what_was_cut_is_known_by_what_is_left(body: bytes) -> None:
    assert ANA.tells_of(body)


def test_traces_of_several_children_are_sought_together_and_kept_as_json() -> None:
    both = Traces.all_of([ANA, Traces(students=frozenset({"s2"}))])
    assert both.tells_of(b'{"student_id": "s2"}')
    assert both.tells_of(b'{"student_id": "s1"}')
    assert Traces.of(json.loads(json.dumps(both.kept()))) == both
