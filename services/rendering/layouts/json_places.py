"""Where in a JSON text each value stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

Place = tuple[str | int, ...]
"""The keys and indexes that lead to a value."""

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


def line_of(text: str, place: Place) -> int:
    """The line, from 1, on which the value begins; for a value that is not there, the one it would be in."""
    lines = dict(_places(text))
    while place not in lines:
        place = place[:-1]
    return lines[place]


def _places(text: str) -> Iterator[tuple[Place, int]]:
    """Every value of the JSON (which is sound) with its line."""
    path: list[str | int] = []
    word = ""
    yield (), 1
    for token in TOKEN.finditer(text):
        match token[0]:
            case "{":
                path.append("")
            case "[":
                path.append(0)
                yield tuple(path), _line(text, token)
            case "}" | "]":
                path.pop()
            case ":":
                path[-1] = json.loads(word)
                yield tuple(path), _line(text, token)
            case "," if isinstance(path[-1], int):
                path[-1] += 1
                yield tuple(path), _line(text, token)
            case other:
                word = other


def _line(text: str, token: re.Match[str]) -> int:
    return text.count("\n", 0, token.end()) + 1
