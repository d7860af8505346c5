"""Bodies that nobody should send: by name, and any number of them made from the golden samples."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.catalogue import MESSAGES, MessageType, QueryType
from contracts.generate import SAMPLES
from contracts.topology import DURABLES, Durable
from tests.service.hostile_wire import Hostile, hostile

BIG = 1_000_000

# --- what there is to say


def readers_of(subject: str) -> list[Durable]:
    """The durables that are given what is said there."""
    return [
        durable for durable in DURABLES if any(subject.startswith(each.removesuffix(">")) for each in durable.subjects)
    ]


LISTENED = tuple(message for message in MESSAGES if readers_of(f"{message.stem}."))


@cache
def _sample(stem: str) -> str:
    return json.dumps(json.loads((SAMPLES / f"{stem}.json").read_text())["body"])


def sample(stem: str) -> Any:
    """The body of the golden sample."""
    return json.loads(_sample(stem))


def body_of(message: MessageType) -> bytes:
    return _sample(message.stem).encode()


def later(stem: str) -> str:
    """The next version's."""
    return f"{stem.removesuffix('.v1')}.v2"


# --- bodies that are no JSON


def unreadable(stem: str) -> Iterator[Hostile]:
    good = _sample(stem).encode()
    for name, body in {
        "nothing": b"",
        "a space": b" ",
        "a truncated body": good[:-2],
        "half a body": good[: len(good) // 2],
        "two bodies": good + good,
        "a byte order mark": b"\xef\xbb\xbf" + good[:-1],
        "UTF-16": good.decode().encode("utf-16"),
        "no UTF-8": good[:-1] + b', "name": "\xff\xfe"}',
        "a lone surrogate": good[:-1] + b', "name": "\\ud800"}',
        "a control character": good[:-1] + b', "name": "a\x07b"}',
        "a NUL": good[:-1] + b"\x00}",
        "deep lists": b"[" * 100_000,
        "deep objects": b'{"a":' * 100_000,
        "a megabyte": b"{" + b"x" * BIG,
        "a number of 100,000 digits": good[:-1] + b', "version": 1' + b"0" * 100_000 + b"e}",
    }.items():
        yield hostile(name, stem, body)


def endless(stem: str, longest: int) -> Hostile:
    """No JSON, and with its headers as long as a message may be."""
    message = hostile("an endless body", stem, b"")
    return replace(message, body=b"[" * (longest - len(message.headers or b"")))


# --- bodies that the contract forbids


NASTY_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**30,
    1e308,
    0.5,
    "",
    " ",
    "\x00",
    "a\x00b",
    "a.b",
    "a b",
    "*",
    ">",
    "../../etc/passwd",
    "\u202eegnaro",
    "\ud83d\ude00" * 300,
    "x" * 10_000,
    "9999-99-99",
    "0001-01-01T00:00:00+23:59",
    [],
    [[]],
    {},
    {"a": {"b": {}}},
)


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a body."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _places(inner, (*path, key))


def _spoilt(body: Any, path: tuple[str | int, ...], value: Any, *, gone: bool) -> Any:
    spoilt = copy.deepcopy(body)
    parent = spoilt
    for step in path[:-1]:
        parent = parent[step]
    if gone:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return spoilt


def is_forbidden(message: MessageType, body: bytes) -> bool:
    try:
        message.body.model_validate_json(body)
    except ValidationError:
        return True
    return False


def with_many_mistakes(stem: str, place: str) -> Hostile:
    return hostile("many mistakes", stem, json.dumps(sample(stem) | {place: [0] * 300_000}).encode())


def telling(secret: str, stem: str) -> Iterator[Hostile]:
    """The secret in every place: in a body that is no JSON, and in one that is forbidden."""
    told = json.dumps(_all_told(sample(stem), secret)).encode()
    yield hostile("a truncated secret", stem, told[:-1])
    yield hostile("a secret", stem, told)


def _all_told(value: Any, secret: str) -> Any:
    if isinstance(value, dict):
        return {key: _all_told(inner, secret) for key, inner in value.items()}
    if isinstance(value, list):
        return [_all_told(inner, secret) for inner in value]
    return f"{secret}\x00"


@st.composite
def spoilt_messages(draw: st.DrawFn) -> tuple[MessageType, bytes]:
    """A golden sample with up to three places spoilt. What the contract allows still is not among them."""
    message = draw(st.sampled_from(LISTENED))
    body = sample(message.stem)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(body))
        if places:
            value, gone = draw(st.sampled_from(NASTY_VALUES)), draw(st.integers(0, 3)) == 0
            body = _spoilt(body, draw(st.sampled_from(places)), value, gone=gone)
    spoilt = json.dumps(body).encode()
    assume(is_forbidden(message, spoilt))
    return message, spoilt


# --- questions


def questions(query: QueryType[Any, Any]) -> Iterator[bytes]:
    """Bodies that are no JSON, that are no object, and that have something strange in one field or in all."""
    yield from (message.body for message in unreadable(LISTENED[0].stem) if len(message.body) < BIG / 2)
    for value in NASTY_VALUES:
        yield json.dumps(value).encode()
        yield json.dumps(dict.fromkeys(query.request.model_fields, value)).encode()
        for field in query.request.model_fields:
            yield json.dumps({field: value}).encode()
