"""What fields mean: the sentences that stand under them in the code, put into the JSON Schemas."""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from itertools import pairwise
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from contracts.base import Body


class WithMeanings(GenerateJsonSchema):
    """Only where schemas are written: reading the code's text is too slow for every start of a service."""

    def model_schema(self, schema: Any) -> JsonSchemaValue:
        written = super().model_schema(schema)
        for cls in reversed(schema["cls"].__mro__):
            if issubclass(cls, Body) and cls is not Body:
                for name, meaning in meanings(cls).items():
                    if name in written.get("properties", {}):
                        written["properties"][name]["description"] = meaning
        return written


def meanings(cls: type[Body]) -> dict[str, str]:
    """By a field's name: the text under it."""
    body = _classes(cls.__module__).get(cls.__name__, [])
    return {
        field.target.id: inspect.cleandoc(text.value.value).replace("\n", " ")
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


@cache
def _classes(module: str) -> dict[str, list[ast.stmt]]:
    """The statements of each class of a module, by its name."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node.body for node in tree.body if isinstance(node, ast.ClassDef)}
