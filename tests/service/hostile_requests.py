"""Requests that no browser would send, drawn around a route's own places, fields and ids.

What stands between tildes, such as `~session~`, is put in when the request is sent: so a request that is found reads,
and shrinks, the same whatever the secrets are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.service.hostile_bodies import bodies
from tests.service.hostile_headers import HEADERS
from tests.service.hostile_texts import RAW, escaped, texts
from tests.service.html_forms import Fields

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")

QUERY_NAMES = (
    *("page", "search", "download", "sort", "filter", "next", "class", "name", "venue", "level", "day", "teacher"),
    *("waiting", "before", "version", "published", "same", "sent", "resent", "saved", "done", "started", "dropped"),
    *("changed", "kind", "order", "paper", "by", "certificates", "run", "part", "token", "certificate_id"),
)


@dataclass(frozen=True)
class Request:
    who: str
    """Whose cookie is sent: a role, `family`, `guest` (a cookie that opens nothing) or `nobody` (none)."""
    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def __repr__(self) -> str:
        body = self.body if len(self.body) < 400 else self.body[:200] + b"... of %d bytes" % len(self.body)
        return f"{self.who}: {self.method} {self.target[:300]} {self.headers} {body!r}"


@dataclass(frozen=True)
class Around:
    """What is known of a route, and of what lies behind it."""

    method: str
    path: str
    """As it is declared, such as `/students/{student_id}`."""
    visitors: Sequence[str]
    """As often as they are to come."""
    known: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By the name of a place in a path: what there is."""
    forms: Sequence[Fields] = ()
    """That pages show for this target, as they would be sent."""
    query: str = ""
    """Without which there is no such page."""


in_address = st.one_of(texts.map(escaped), st.sampled_from(RAW))


@st.composite
def requests(draw: st.DrawFn, around: Around) -> Request:
    method = draw(st.one_of(*[st.just(around.method)] * 4, st.sampled_from(METHODS)))
    target = draw(paths(around)) + draw(queries(around))
    names = draw(st.lists(st.sampled_from(tuple(HEADERS)), max_size=3, unique=True))
    headers = {name: draw(st.sampled_from(HEADERS[name])) for name in names}
    kind, body = draw(bodies(around.forms)) if method not in ("GET", "HEAD") or draw(st.booleans()) else ("", b"")
    if kind:
        headers.setdefault("content-type", kind)
    return Request(draw(st.sampled_from(around.visitors)), method, target, tuple(headers.items()), body)


@st.composite
def paths(draw: st.DrawFn, around: Around) -> str:
    """Mostly of what there is: behind an id that is none there is little to find."""
    is_there = draw(st.sampled_from((True, True, False)))
    pieces = around.path.split("{")
    path = pieces[0]
    for piece in pieces[1:]:
        place, _, rest = piece.partition("}")
        there = around.known.get(place.partition(":")[0], ())
        usual = st.sampled_from(there or ("x",))
        path += draw(usual if is_there else st.one_of(usual, in_address, in_address)) + rest
    return path


@st.composite
def queries(draw: st.DrawFn, around: Around) -> str:
    usual = [around.query] if around.query else []
    if draw(st.booleans()):
        return "?" + around.query
    ids = [each for there in around.known.values() for each in there]
    values = st.one_of(in_address, st.sampled_from([*ids, "1"]))
    names = st.one_of(st.sampled_from(QUERY_NAMES), in_address)
    pairs = draw(st.lists(st.tuples(names, st.one_of(values.map(lambda value: f"={value}"), st.just(""))), max_size=4))
    return "?" + "&".join([*usual, *(name + value for name, value in pairs)])
