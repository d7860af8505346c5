"""What no client would send: messages in the broker's own words, with headers and subjects as bytes."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.service.open_broker import ANYONE, PASSWORD

SCHOOL = "demo"
"""Whom the hostile messages are about."""
INBOX = "_INBOX.wire"
ANSWERS_WITHIN_S = 20.0
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Hostile:
    name: str
    subject: bytes
    body: bytes
    headers: bytes | None
    """As they go over the wire, from `NATS/1.0` to the empty line."""
    id: str = ""
    """The `ce-id`, where it has one that can be read."""


def hostile(name: str, stem: str, body: bytes, *, school_id: str = SCHOOL) -> Hostile:
    """With the headers that a good message has."""
    message_id = f"hostile-{next(_numbers)}"
    headers = f"NATS/1.0\r\nce-id: {message_id}\r\ncontent-type: application/json\r\n\r\n"
    return Hostile(f"{name} on {stem}", f"{stem}.{school_id}".encode(), body, headers.encode(), message_id)


async def say(port: int, messages: Sequence[Hostile]) -> list[Hostile]:
    """Those that a stream acknowledged: what becomes of these is the services' business."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    greeting = {"verbose": False, "user": ANYONE, "pass": PASSWORD, "headers": True, "lang": "wire", "version": "1"}
    writer.write(f"CONNECT {json.dumps(greeting)}\r\nSUB {INBOX}.* 1\r\n".encode())
    for n, message in enumerate(messages):
        writer.write(_published(message, f"{INBOX}.{n}"))
        await writer.drain()
    try:
        answers = await asyncio.wait_for(_answers(reader, writer, len(messages)), ANSWERS_WITHIN_S)
    finally:
        writer.close()
    return [message for n, message in enumerate(messages) if "error" not in answers[n]]


def _published(message: Hostile, reply: str) -> bytes:
    head = message.headers or b""
    sizes = b"%d %d" % (len(head), len(head) + len(message.body)) if head else b"%d" % len(message.body)
    verb = b"HPUB" if head else b"PUB"
    return b"%s %s %s %s\r\n%s%s\r\n" % (verb, message.subject, reply.encode(), sizes, head, message.body)


async def _answers(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wanted: int
) -> dict[int, dict[str, Any]]:
    """By number: what the stream said of each message."""
    found: dict[int, dict[str, Any]] = {}
    while len(found) < wanted:
        line = (await reader.readline()).split()
        assert line, "the broker hung up"
        assert line[0] != b"-ERR", line
        if line[0] == b"PING":
            writer.write(b"PONG\r\n")
        elif line[0] in (b"MSG", b"HMSG"):
            content = await reader.readexactly(int(line[-1]) + 2)
            head = int(line[-2]) if line[0] == b"HMSG" else 0
            found[int(line[1].rpartition(b".")[2])] = json.loads(content[head:].strip() or b'{"error": "no stream"}')
    return found


def nasty_headers() -> Iterator[tuple[str, bytes | None]]:
    yield "none", None
    for name, block in {
        "an id of 10 kB": b"ce-id: " + b"x" * 10_000,
        "an id that is not ASCII": "ce-id: ūñí".encode(),
        "an id that is no UTF-8": b"ce-id: \xff\xfe",
        "an id with a NUL": b"ce-id: a\x00b",
        "an id with a control character": b"ce-id: a\x1bb",
        "an id over two lines": b"ce-id: a\nb",
        "an id without end": b"ce-id: a\rb",
        "an empty id": b"ce-id: ",
        "two ids": b"ce-id: one\r\nce-id: two",
        "a name with a space": b"ce id: 1",
        "a name that no client may say": b"ce@id: 1",
        "a name that is not ASCII": b"ce-\xff: 1",
        "a line without a colon": b"ce-id",
        "a name that is empty": b": 1",
        "a status": b"Status: 503",
        "a status of no moment": b"Status: 408",
        "a heartbeat": b"Status: 100\r\nDescription: Idle Heartbeat",
        "an expectation that is met": b"Nats-Expected-Stream: COMMANDS",
        "an expectation that is met once": b"Nats-Expected-Last-Subject-Sequence: 0",
        "another stream's expectation": b"Nats-Expected-Last-Subject-Sequence-Subject: x",
        "a reason of its own": b"Laurel-Reason: \r\nLaurel-Subject: roster.cmd.put_school.v1.canary",
        "a reply for the broker": b"reply_to: $JS.API.STREAM.PURGE.DEAD_LETTERS",
        "a trace that is none": b"traceparent: 00-" + "ū".encode() * 32 + b"-x-\ny",
        "a trace with a NUL": b"traceparent: 00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-\x00",
        "a trace of 10 kB": b"traceparent: 00-" + b"0" * 32 + b"-0-" + b"f" * 10_000,
        "a thousand headers": b"\r\n".join(b"h%d: x" % n for n in range(1000)),
    }.items():
        yield name, b"NATS/1.0\r\n" + block + b"\r\n\r\n"
    yield "a status line", b"NATS/1.0 404 No Messages\r\n\r\n"
    yield "a status line that is no UTF-8", b"NATS/1.0 \xff\xfe\xfd\r\n\r\n"
    yield "the first line alone", b"NATS/1.0\r\n"
    yield "the first line without end", b"NATS/1.0"
    yield "two letters", b"AB"


def with_nasty_headers(stem: str) -> Iterator[Hostile]:
    """Each around a body that is no JSON, so that it has to end among the dead letters."""
    for name, headers in nasty_headers():
        yield Hostile(f"{name} on {stem}", f"{stem}.{SCHOOL}".encode(), _no_json(), headers)


def with_nasty_subjects(stem: str) -> Iterator[Hostile]:
    """A good subject but for its school, which is none."""
    for name, school_id in {
        "a slash": b"demo/canary",
        "a percent sign": b"%2e%2e",
        "letters that are not ASCII": "ūñí".encode(),
        "no UTF-8": b"\xff\xfe",
        "a control character": b"a\x1bb",
        "a quote": b"'; DROP TABLE school; --".replace(b" ", b"_"),
        "65 letters": b"x" * 65,
        "3000 letters": b"x" * 3000,
        "almost a whole line": b"x" * 3990,
        "a dollar": b"$JS",
    }.items():
        yield Hostile(f"{name} for a school on {stem}", stem.encode() + b"." + school_id, _no_json(), None)


def _no_json() -> bytes:
    return f"{{not JSON {next(_numbers)}".encode()
