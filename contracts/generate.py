"""Writes what is derived from the tables: `python -m contracts.generate`.

- `schemas/<stem>.json`: a JSON Schema (2020-12) for each message, each question and each answer
- `asyncapi.json`: all of it as an AsyncAPI 3.0 document
- `../docs/contract.md`: all of it for people
- `released/v1.json`: what readers of version 1 rely on; it only ever gains messages (`compatibility` watches)
- `released/places.json`: where each is said, under which type, and what a school's systems may do with it: likewise
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contracts.base import Body
from contracts.catalogue import BY_STEM, JSON, MESSAGES, QUERIES, SCHOOL, MessageType, QueryType
from contracts.meanings import WithMeanings
from contracts.page import page

HERE = Path(__file__).parent
SCHEMAS = HERE / "schemas"
SAMPLES = HERE / "samples"
ASYNCAPI = HERE / "asyncapi.json"
PAGE = HERE.parent / "docs" / "contract.md"
RELEASED = HERE / "released" / "v1.json"
PLACES = HERE / "released" / "places.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

HEADERS: dict[str, Any] = {
    "type": "object",
    "required": ["ce-specversion", "ce-id", "ce-source", "ce-type", "ce-time", "content-type"],
    "properties": {
        "ce-specversion": {"const": "1.0"},
        "ce-id": {"type": "string", "description": "The message's identity; a command's id. The same id twice is one."},
        "ce-source": {"type": "string", "format": "uri-reference"},
        "ce-type": {"type": "string"},
        "ce-time": {"type": "string", "format": "date-time"},
        "content-type": {"const": "application/json"},
        "traceparent": {"type": "string", "description": "W3C Trace Context"},
        "Nats-Msg-Id": {"type": "string", "description": "The same as ce-id: the broker drops repeats by it."},
    },
}


def schema_of(body: type[Body], stem: str) -> dict[str, Any]:
    written = body.model_json_schema(schema_generator=WithMeanings)
    return {"$schema": DIALECT, "title": stem, **{k: v for k, v in written.items() if k != "title"}}


def schemas() -> dict[str, dict[str, Any]]:
    """By file name without its ending."""
    found = {message.stem: schema_of(message.body, message.stem) for message in MESSAGES}
    for query in QUERIES:
        found[f"{query.stem}.request"] = schema_of(query.request, f"{query.stem}.request")
        if query.answers_with == JSON:
            found[f"{query.stem}.reply"] = schema_of(query.reply, f"{query.stem}.reply")
    return found


def places() -> dict[str, dict[str, Any]]:
    """By stem: what a school's systems rely on beside a message's shape."""
    found: dict[str, dict[str, Any]] = {}
    for message in MESSAGES:
        rights = (("send", message.producers), ("hear", message.consumers))
        may = [right for right, those in rights if SCHOOL in those]
        found[message.stem] = {"subject": message.subject("{school_id}"), "type": message.type, "school": may}
    for query in QUERIES:
        may = ["ask"] if SCHOOL in query.askers else []
        found[query.stem] = {"subject": query.subject("{school_id}"), "type": query.answers_with, "school": may}
    return found


def asyncapi() -> dict[str, Any]:
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Laurel",
            "version": "1.0.0",
            "description": "Certificates for class-based schools: the commands, events and queries on NATS. "
            "Messages are CloudEvents 1.0 in NATS binary mode; streams are COMMANDS, EVENTS and INTERNAL.",
        },
        "defaultContentType": "application/json",
        "channels": dict(_channels()),
        "operations": dict(_operations()),
        "components": {
            "messageTraits": {"cloudEvent": {"headers": HEADERS}},
            "messages": dict(_messages()),
        },
    }


def _channels() -> Iterator[tuple[str, dict[str, Any]]]:
    parameters = {"school_id": {"description": "The school that it is about; ids are [A-Za-z0-9_-]{1,64}."}}
    kinds: tuple[MessageType | QueryType[Any, Any], ...] = (*MESSAGES, *QUERIES)
    for kind in kinds:
        names = [kind.stem] if isinstance(kind, MessageType) else [f"{kind.stem}.request", f"{kind.stem}.reply"]
        yield (
            kind.stem,
            {
                "address": kind.subject("{school_id}"),
                "parameters": parameters,
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
            },
        )


def _operations() -> Iterator[tuple[str, dict[str, Any]]]:
    """Seen from the school's own systems: what they may send, what they receive, what they may ask."""
    for message in MESSAGES:
        channel = {"$ref": f"#/channels/{message.stem}"}
        if SCHOOL in message.producers:
            yield f"send.{message.stem}", {"action": "send", "channel": channel}
        if SCHOOL in message.consumers:
            yield f"receive.{message.stem}", {"action": "receive", "channel": channel}
    for query in QUERIES:
        if SCHOOL in query.askers:
            yield f"ask.{query.stem}", _question(query)


def _question(query: QueryType[Any, Any]) -> dict[str, Any]:
    channel = f"#/channels/{query.stem}"
    return {
        "action": "send",
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{query.stem}.request"}],
        "reply": {"channel": {"$ref": channel}, "messages": [{"$ref": f"{channel}/messages/{query.stem}.reply"}]},
    }


def _messages() -> Iterator[tuple[str, dict[str, Any]]]:
    for message in MESSAGES:
        yield (
            message.stem,
            {
                "name": message.type,
                "summary": (message.body.__doc__ or "").split("\n\n")[0].replace("\n", " ").strip(),
                "payload": {"$ref": f"./schemas/{message.stem}.json"},
                "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
                "examples": [{"payload": sample(message.stem)["body"]}],
            },
        )
    for query in QUERIES:
        yield f"{query.stem}.request", {"payload": {"$ref": f"./schemas/{query.stem}.request.json"}}
        if query.answers_with == JSON:
            yield f"{query.stem}.reply", {"payload": {"$ref": f"./schemas/{query.stem}.reply.json"}}
        else:
            yield f"{query.stem}.reply", {"contentType": query.answers_with, "payload": {"type": "string"}}


def sample(stem: str) -> dict[str, Any]:
    """The golden sample: {subject, headers, body}."""
    found: dict[str, Any] = json.loads((SAMPLES / f"{stem}.json").read_text())
    return found


def written(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def files() -> dict[Path, str]:
    """Every derived file and its text."""
    shapes = schemas()
    texts = {SCHEMAS / f"{name}.json": written(schema) for name, schema in shapes.items()}
    return {**texts, ASYNCAPI: written(asyncapi()), PAGE: page(shapes, {stem: sample(stem) for stem in BY_STEM})}


def main() -> None:
    for path, text in files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    RELEASED.parent.mkdir(exist_ok=True)
    _release(RELEASED, schemas())
    _release(PLACES, places())


def _release(path: Path, current: dict[str, dict[str, Any]]) -> None:
    """What is new becomes part of the release; what is in it stays as it is."""
    released = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(written({**current, **released}))


if __name__ == "__main__":
    main()
