"""The AsyncAPI document is one by the letter of the specification, and points nowhere in vain."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from contracts.generate import ASYNCAPI, asyncapi
from tests.node import node_is_there

SPECIFICATION = "node_modules/@asyncapi/specs/schemas/3.0.0.json"


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_all_that_it_refers_to_is_there() -> None:
    document = asyncapi()
    inside = {reference for reference in references(document) if reference.startswith("#/")}
    beside = set(references(document)) - inside
    for reference in inside:
        reduce(lambda node, step: node[step], reference.removeprefix("#/").split("/"), document)
    assert [reference for reference in beside if not (ASYNCAPI.parent / reference).exists()] == []
    assert len(inside) > 100 < len(beside)


@pytest.mark.heavy
def test_it_is_valid_by_the_specifications_own_schema(tmp_path: Path) -> None:
    node_is_there()
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "@asyncapi/specs@6"]
    subprocess.run(install, cwd=tmp_path, check=True, timeout=120)
    validator = Draft7Validator(json.loads((tmp_path / SPECIFICATION).read_text()))
    document = asyncapi()
    assert [error.message for error in validator.iter_errors(document)] == []

    wrong = copy.deepcopy(document)
    next(iter(wrong["operations"].values()))["action"] = "shout"
    assert not validator.is_valid(wrong)
