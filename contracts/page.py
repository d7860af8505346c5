"""The contract as a page for people, `docs/contract.md`: who says each message, who hears it, and what is in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter

from contracts.base import EmailAddress, GivenId, Locale, MintedId, Sha256, TimeZone
from contracts.catalogue import JSON, MESSAGES, QUERIES, SCHOOL, MessageType, QueryType

Schema = Mapping[str, Any]
Query = QueryType[Any, Any]

INTRODUCTION = """\
# The contract, message by message

<!-- Made by `python -m contracts.generate`; the tests hold it to the code. -->

Everything that is said between Laurel and a school's other systems, and inside Laurel. How to speak it is in
[Integrate](integrate.md). The same for programs: [AsyncAPI 3](../contracts/asyncapi.json),
[JSON Schemas](../contracts/schemas) and [golden samples](../contracts/samples).

- Replace `<school>` by your school's id. Ids that you give are 1 to 64 of `A-Z a-z 0-9 _ -`; Laurel's own are UUIDs.
- Messages are CloudEvents 1.0 in NATS binary mode: the body is the JSON below, the headers are `ce-specversion`,
  `ce-id`, `ce-source`, `ce-type`, `ce-time`, `content-type` and `traceparent`. A command's `ce-id` is its identity.
- A field that is added later is optional. Nothing else changes in `v1`: ignore what you do not know.
- Dates are local to the venue, `YYYY-MM-DD`; moments are RFC 3339.
"""

PARTS: tuple[tuple[str, str], ...] = (
    ("Commands that you may send", "A refused one changes nothing and comes back as `commands.evt.refused`."),
    ("Events that you hear", "Through your consumer of the stream `EVENTS`, or as they happen."),
    ("Questions that you may ask", 'Request and reply. A refusal is `{"error": {"code": …, "message": …}}`.'),
    ("Inside Laurel", "What its services tell and ask one another; no other credential can hear it or say it."),
)

SHAPES = (
    (GivenId, "id"),
    (MintedId, "UUID"),
    (Sha256, "SHA-256 in hexadecimal"),
    (Locale, "language tag, such as `en-NZ`"),
    (TimeZone, "time zone, such as `Pacific/Auckland`"),
    (EmailAddress, "e-mail address"),
)
PATTERNS: dict[str, str] = {TypeAdapter(shape).json_schema()["pattern"]: words for shape, words in SHAPES}


def page(schemas: Mapping[str, Schema], samples: Mapping[str, Mapping[str, Any]]) -> str:
    """Schemas by their file's name, samples by their message's stem."""
    kinds: tuple[MessageType | Query, ...] = (*MESSAGES, *QUERIES)
    text = [INTRODUCTION, *_contents(kinds)]
    for part, about in PARTS:
        text += [f"## {part}\n\n{about}\n"]
        for kind in kinds:
            if _part(kind) == part:
                text.append(
                    _message(kind, schemas, samples) if isinstance(kind, MessageType) else _query(kind, schemas)
                )
    return "\n".join(text)


def _part(kind: MessageType | Query) -> str:
    commands, events, questions, inside = (part for part, _ in PARTS)
    if isinstance(kind, QueryType):
        return questions if SCHOOL in kind.askers else inside
    if SCHOOL in kind.producers:
        return commands
    return events if SCHOOL in kind.consumers else inside


def _contents(kinds: Iterable[MessageType | Query]) -> Iterator[str]:
    links: dict[str, list[str]] = {part: [] for part, _ in PARTS}
    for kind in kinds:
        links[_part(kind)].append(f"[{_name(kind)}](#{_name(kind).replace('.', '')})")
    yield "| | |\n|---|---|"
    for part, those in links.items():
        yield f"| **{part}** | {', '.join(those)} |"
    yield ""


def _name(kind: MessageType | Query) -> str:
    """The stem without its version."""
    return kind.stem.rpartition(".")[0]


def _message(message: MessageType, schemas: Mapping[str, Schema], samples: Mapping[str, Mapping[str, Any]]) -> str:
    schema = schemas[message.stem]
    heard = ", ".join(map(_who, message.consumers)) or "nobody yet"
    lines = [
        f"### {_name(message)}\n",
        *_told(schema),
        "| | |\n|---|---|",
        f"| subject | `{message.subject('<school>')}` |",
        f"| `ce-type` | `{message.type}` |",
        f"| said by | {', '.join(map(_who, message.producers))} |",
        f"| heard by | {heard} |\n",
        _fields(schema),
        "<details><summary>Sample</summary>\n\n```json",
        json.dumps(samples[message.stem]["body"], indent=2, ensure_ascii=False),
        "```\n\n</details>\n",
    ]
    return "\n".join(lines)


def _query(query: Query, schemas: Mapping[str, Schema]) -> str:
    answered = query.answers_with == JSON
    lines = [
        f"### {_name(query)}\n",
        *_told(schemas[f"{query.stem}.request"]),
        "| | |\n|---|---|",
        f"| subject | `{query.subject('<school>')}` |",
        f"| asked by | {', '.join(map(_who, query.askers))} |",
        f"| answered by | {query.service}, within {query.patience_s:g} s |",
        f"| answered with | `{query.answers_with}` |\n",
        f"Asked:\n\n{_fields(schemas[f'{query.stem}.request'])}",
        *([f"Answered:\n\n{_fields(schemas[f'{query.stem}.reply'])}"] if answered else []),
    ]
    return "\n".join(lines)


def _who(name: str) -> str:
    return "your school's systems" if name == SCHOOL else name


def _told(schema: Schema) -> list[str]:
    return [f"{schema['description']}\n"] if "description" in schema else []


def _fields(schema: Schema) -> str:
    rows = [f"| {name} | {kind} | {needed} | {meaning} |" for name, kind, needed, meaning in _rows(schema, schema, "")]
    if not rows:
        return "_No fields._\n"
    return "\n".join(["| field | what | | meaning |\n|---|---|---|---|", *rows, ""])


def _rows(schema: Schema, root: Schema, before: str, seen: tuple[str, ...] = ()) -> Iterator[tuple[str, str, str, str]]:
    """Each field and those inside it, `pdf.sha256`, `skills[].kind`."""
    for name, field in schema.get("properties", {}).items():
        needed = "" if name in schema.get("required", ()) else "optional"
        kind, inner, ref, many = _kind(field, root)
        meaning = " ".join(str(field.get("description", "")).split()).replace("|", "\\|")
        yield f"`{before}{name}`", kind, needed, meaning
        if inner is not None and ref not in seen:
            yield from _rows(inner, root, f"{before}{name}{'[]' if many else ''}.", (*seen, ref))


def _kind(field: Schema, root: Schema) -> tuple[str, Schema | None, str, bool]:
    """In words, the schema of what is inside, its name, and whether there are many of it."""
    if "$ref" in field:
        name = field["$ref"].removeprefix("#/$defs/")
        target = root["$defs"][name]
        return ("object", target, name, False) if "properties" in target else (_words(target), None, "", False)
    choices = [choice for choice in field.get("anyOf", ()) if choice.get("type") != "null"]
    if len(choices) == 1:
        return _kind(choices[0], root)
    if choices:
        return " or ".join(_kind(choice, root)[0] for choice in choices), None, "", False
    if field.get("type") == "array" and "items" in field:
        kind, inner, name, _ = _kind(field["items"], root)
        return f"list of {'objects' if inner else kind}", inner, name, True
    return _words(field), None, "", False


def _words(field: Schema) -> str:
    """A simple value's type as people say it."""
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    if field.get("pattern") in PATTERNS:
        return PATTERNS[field["pattern"]]
    if "format" in field:
        return {"date": "date", "date-time": "moment"}.get(field["format"], str(field["format"]))
    words = {"string": "text", "boolean": "true or false", "integer": "whole number", "object": "object"}
    return words.get(str(field.get("type")), str(field.get("type", "anything"))) + _bounds(field)


def _bounds(field: Schema) -> str:
    if "maxLength" in field:
        return f", up to {field['maxLength']}"
    if "minimum" in field:
        return f", {field['minimum']} to {field['maximum']}" if "maximum" in field else f", from {field['minimum']}"
    return ""
