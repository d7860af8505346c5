"""What a certificate still says when it shows less of the child's name."""

from __future__ import annotations

import pytest

from services.rendering.showing import without_name


@pytest.mark.parametrize(
    ("text", "name", "first", "nameless"),
    [
        ("Well done, Mia Thompson!", "Mia Thompson", "Well done, Mia!", "Well done, A swimmer!"),
        ("For Mia's kindness", "Mia Thompson", "For Mia's kindness", "For A swimmer's kindness"),
        ("MIA THOMPSON", "Mia Thompson", "Mia", "A swimmer"),
        ("Swimming in Miami", "Mia Thompson", "Swimming in Miami", "Swimming in Miami"),
        ("Medaille de natation", "Mia de Wit", "Medaille de natation", "Medaille de natation"),
        ("Mia Smith-Jones swims", "Mia Smith-Jones", "Mia swims", "A swimmer swims"),
    ],
)
def test_a_title_names_no_more_of_the_child_than_is_shown(text: str, name: str, first: str, nameless: str) -> None:
    assert without_name(text, name, "Mia") == first
    assert without_name(text, name, "A swimmer") == nameless


def test_a_name_in_letters_without_capitals_is_found_between_others() -> None:
    assert without_name("恭喜李明同學", "李明", "明") == "恭喜明同學"
