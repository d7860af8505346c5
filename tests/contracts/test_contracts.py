"""The contract is a product: what is committed is what the code says, and version 1 stays version 1."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts.catalogue import BY_STEM, MESSAGES, MessageType
from contracts.compatibility import breaking_changes
from contracts.envelope import wrap
from contracts.generate import RELEASED, SAMPLES, SCHEMAS, files, sample, schemas
from contracts.topology import DURABLES, STREAMS, stream_of

NOW = schemas()
BY_NAME = pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.stem)


def test_the_committed_schemas_and_the_asyncapi_document_are_what_the_code_says() -> None:
    stale = [path.name for path, text in files().items() if not path.exists() or path.read_text() != text]
    assert stale == [], "run `python -m contracts.generate`"
    assert {path.name for path in SCHEMAS.glob("*.json")} == {f"{name}.json" for name in NOW}


def test_no_change_breaks_a_reader_of_version_1() -> None:
    released = json.loads(RELEASED.read_text())
    assert set(released) == set(NOW), "run `python -m contracts.generate` to release the new messages"
    assert breaking_changes(released, NOW) == []


@BY_NAME
def test_each_message_has_one_golden_sample_that_fits_its_schema_and_its_model(message: MessageType) -> None:
    golden = sample(message.stem)
    Draft202012Validator(NOW[message.stem]).validate(golden["body"])
    read = message.body.model_validate_json(json.dumps(golden["body"]))
    assert json.loads(read.json_bytes()) == golden["body"]


@BY_NAME
def test_each_sample_is_a_cloudevent_on_its_subject(message: MessageType) -> None:
    golden = sample(message.stem)
    body = message.body.model_validate_json(json.dumps(golden["body"]))
    envelope = wrap(body, "kauri-coast", source=golden["headers"]["ce-source"], message_id=golden["headers"]["ce-id"])
    assert envelope.subject == golden["subject"]
    assert envelope.headers.keys() == golden["headers"].keys()
    for header in ("ce-specversion", "ce-id", "ce-type", "content-type", "Nats-Msg-Id"):
        assert envelope.headers[header] == golden["headers"][header]


def test_there_is_no_sample_of_a_message_that_does_not_exist() -> None:
    assert {path.stem for path in SAMPLES.glob("*.json")} == set(BY_STEM)


@BY_NAME
def test_readers_ignore_fields_that_they_do_not_know(message: MessageType) -> None:
    body = {**sample(message.stem)["body"], "added_later": {"by": "a newer producer"}}
    message.body.model_validate_json(json.dumps(body))


@BY_NAME
def test_every_subject_is_kept_by_one_stream_and_read_by_at_most_one_work_queue_durable(message: MessageType) -> None:
    subject = message.subject("any")
    assert stream_of(subject) in STREAMS
    readers = [
        durable
        for durable in DURABLES
        if durable.stream == "COMMANDS" and any(subject.startswith(s.removesuffix(">")) for s in durable.subjects)
    ]
    assert len(readers) == (1 if message.kind == "cmd" else 0)


def changed(stem: str, change: Any) -> dict[str, Any]:
    current = copy.deepcopy(NOW)
    change(current[stem])
    return current


ISSUED = "certificates.evt.issued.v1"


@pytest.mark.parametrize(
    "change",
    [
        lambda schema: schema["properties"].pop("number"),
        lambda schema: schema["required"].append("level_id"),
        lambda schema: schema["required"].remove("number"),
        lambda schema: schema["properties"]["version"].update(type="string"),
        lambda schema: schema["properties"]["kind"]["enum"].append("honorary"),
        lambda schema: schema["$defs"]["Pdf"]["properties"].pop("sha256"),
    ],
    ids=["field removed", "optional made required", "required made optional", "type", "new enum value", "nested"],
)
def test_a_change_that_would_break_a_reader_is_found(change: Any) -> None:
    assert breaking_changes(NOW, changed(ISSUED, change))


def test_a_message_that_is_gone_is_found() -> None:
    assert breaking_changes(NOW, {k: v for k, v in NOW.items() if k != ISSUED})


def test_a_new_optional_field_breaks_nobody() -> None:
    def add(schema: dict[str, Any]) -> None:
        schema["properties"]["venue_id"] = {"type": "string"}
        schema["description"] = "said better"

    assert breaking_changes(NOW, changed(ISSUED, add)) == []
