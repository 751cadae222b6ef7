"""What msgspec leaves unsaid of what the API refuses: control characters, choices of fields."""

from collections.abc import Iterable, Iterator
from typing import Any

from controller.domain.control_characters import IN_LINES
from controller.domain.ids import END
from controller.kernel.shapes import OneOf, Shape

TEXT = rf"^[^{IN_LINES}]*" + END
"""Any text without control characters, which the API refuses everywhere."""

Schema = dict[str, Any]


def agree(schemas: Iterable[Schema], components: dict[str, Schema]) -> None:
    """Add it to the schemas, in place."""
    for schema in (*schemas, *components.values()):
        _without_controls(schema)
    for kind in _shapes(Shape):
        if kind.__name__ in components and (choices := _choices(kind, components[kind.__name__])):
            components[kind.__name__]["allOf"] = [{"anyOf": choices}]


def _without_controls(schema: Any) -> None:
    if isinstance(schema, list):
        for part in schema:
            _without_controls(part)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "string" and not schema.keys() & {"pattern", "format"}:
        schema["pattern"] = TEXT
    for key, part in schema.items():
        if key not in ("enum", "const", "default", "example"):
            _without_controls(part)


def _choices(kind: type[Shape], schema: Schema) -> list[Schema]:
    """Of some fields exactly one, or at least one, is there and not null."""
    if issubclass(kind, OneOf):
        return [
            _given(schema, field, [other for other in kind.ONE_OF if other != field])
            for field in kind.ONE_OF
        ]
    return [_given(schema, field, []) for field in kind.ANY_OF]


def _given(schema: Schema, field: str, others: list[str]) -> Schema:
    """This field is, and the others are not: said so that a generator finds its way."""
    choices = schema["properties"][field]["anyOf"]
    (told,) = (choice for choice in choices if choice.get("type") != "null")
    nothing = {other: {"type": "null"} for other in others}
    return {"required": [field], "properties": {field: told, **nothing}}


def _shapes(kind: type[Shape]) -> Iterator[type[Shape]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _shapes(subclass)
