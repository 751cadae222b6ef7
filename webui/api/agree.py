"""What msgspec leaves unsaid of what the API refuses: U+0000, and choices between fields."""

from collections.abc import Iterable, Iterator
from typing import Any

from controller.kernel.shapes import OneOf, Shape

TEXT = r"^[^\x00]*$"
"""Any text without U+0000, which the API refuses everywhere."""

Schema = dict[str, Any]


def agree(schemas: Iterable[Schema], components: dict[str, Schema]) -> None:
    """Add it to the schemas, in place."""
    for schema in (*schemas, *components.values()):
        _without_nul(schema)
    for kind in _shapes(Shape):
        if kind.__name__ in components and (choice := _choice(kind)):
            components[kind.__name__]["allOf"] = [choice]


def _without_nul(schema: Any) -> None:
    if isinstance(schema, list):
        for each in schema:
            _without_nul(each)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "string" and not schema.keys() & {"pattern", "format"}:
        schema["pattern"] = TEXT
    for key, each in schema.items():
        if key not in ("enum", "const", "default", "example"):
            _without_nul(each)


def _choice(kind: type[Shape]) -> Schema | None:
    """Of some fields exactly one, or at least one, is there and not null."""
    if issubclass(kind, OneOf):
        return {"oneOf": [_given(each) for each in kind.ONE_OF]}
    return {"anyOf": [_given(each) for each in kind.ANY_OF]} if kind.ANY_OF else None


def _given(field: str) -> Schema:
    return {"required": [field], "properties": {field: {"not": {"type": "null"}}}}


def _shapes(kind: type[Shape]) -> Iterator[type[Shape]]:
    for each in kind.__subclasses__():
        yield each
        yield from _shapes(each)
