"""Makes the JSON Schema (2020-12) of everything that is sent over MQTT."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import inspect

from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.wire.commands import COMMANDS
from controller.wire.events import Event
from controller.wire.messages import MESSAGES
from controller.wire.rows import TABLES
from controller.wire.schema.fields import field_texts, summary

REF = "#/components/schemas/{name}"
"""Where a schema is found in the AsyncAPI document."""
_UTC = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"
_CLOCK = r"^\d{2}:\d{2}:\d{2}$"

Schema = dict[str, Any]


def event_types() -> dict[str, type[Any]]:
    """Return every event type by its name in JSON, in the order of the source."""
    return {str(kind.__struct_config__.tag): kind for kind in Event.__args__}


def schemas() -> dict[str, Schema]:
    """Return every schema by name."""
    roots = [*MESSAGES, *TABLES.values(), *event_types().values(), *COMMANDS.values()]
    _, components = msgspec.json.schema_components(
        roots, schema_hook=_custom_schema, ref_template=REF
    )
    types = {kind.__name__: kind for kind in all_types(roots)}
    for name, schema in components.items():
        if name in types:
            _describe(schema, types[name])
    _add_inner_schemas(components)
    clean: dict[str, Schema] = _simplify(components)
    return clean


def ref(kind: type[Any]) -> Schema:
    """Return a reference to a type's schema."""
    return {"$ref": REF.format(name=kind.__name__)}


def _custom_schema(kind: type) -> Schema:
    if kind is Utc:
        return {"type": "string", "format": "date-time", "pattern": _UTC}
    raise NotImplementedError(kind)


def all_types(roots: Iterable[type[Any]]) -> set[type[Any]]:
    """Return the classes among the roots, and all classes in their fields."""
    classes: set[type[Any]] = set()

    def visit(info: object) -> None:
        if isinstance(info, inspect.StructType | inspect.DataclassType | inspect.EnumType):
            if info.cls in classes:
                return
            classes.add(info.cls)
        for part in _parts(info):
            visit(part)

    for root in roots:
        visit(inspect.type_info(root))
    return classes


def _parts(info: object) -> Iterable[object]:
    match info:
        case inspect.StructType() | inspect.DataclassType():
            return (field.type for field in info.fields)
        case inspect.UnionType():
            return info.types
        case inspect.TupleType():
            return info.item_types
        case inspect.VarTupleType() | inspect.ListType():
            return (info.item_type,)
        case inspect.Metadata():
            return (info.type,)
        case _:
            return ()


def _describe(schema: Schema, kind: type[Any]) -> None:
    """Add what msgspec omits: descriptions, and required fields with a default."""
    schema.pop("description", None)
    if text := summary(kind):
        schema["description"] = text
    if kind is Language:  # any ISO 639 code is allowed
        schema |= {"type": "string", "pattern": "^[a-z]{2,3}$", "examples": schema.pop("enum")}
        return
    if "enum" in schema:
        schema["enum"] = [member.value for member in kind]
        return
    texts = field_texts(kind)
    for name, field in schema["properties"].items():
        if name in texts:
            field["description"] = texts[name]
    for part in _fields(kind):
        _spell_clocks(part.type, schema["properties"][part.encode_name])
    needed = {"v", "seq", "prev_hash"} & set(schema["properties"])
    for name in needed:
        schema["properties"][name].pop("default", None)
    schema["required"] = [
        name for name in schema["properties"] if name in {*schema.get("required", ()), *needed}
    ]


def _fields(kind: type[Any]) -> tuple[inspect.Field, ...]:
    info = inspect.type_info(kind)
    return info.fields if isinstance(info, inspect.StructType | inspect.DataclassType) else ()


def _spell_clocks(info: inspect.Type, schema: Schema) -> None:
    """Add the pattern of local times, `HH:MM:SS`, which is missing in msgspec's schema."""
    match info:
        case inspect.TimeType():
            schema["pattern"] = _CLOCK
        case inspect.VarTupleType():
            _spell_clocks(info.item_type, schema["items"])
        case inspect.TupleType():
            for part, inner in zip(info.item_types, schema["prefixItems"], strict=True):
                _spell_clocks(part, inner)
        case _:
            return


def _add_inner_schemas(components: dict[str, Schema]) -> None:
    """Add the schemas of what is inside a row, a command and a batch."""
    components["Row"]["allOf"] = [
        _if_then("table", table, "value", {"anyOf": [ref(kind), {"type": "null"}]})
        for table, kind in TABLES.items()
    ]
    components["Command"]["properties"]["args"] = {"type": "object"}
    components["Command"]["allOf"] = [
        _if_then("type", name, "args", ref(kind)) for name, kind in COMMANDS.items()
    ]
    components["EventBatch"]["properties"]["events"]["items"] = {
        "oneOf": [ref(kind) for kind in event_types().values()]
    }


def _if_then(key: str, value: str, field: str, schema: Schema) -> Schema:
    return {"if": {"properties": {key: {"const": value}}}, "then": {"properties": {field: schema}}}


def _simplify(node: Any) -> Any:
    """Replace tuples by lists, and enums of one value by constants."""
    if isinstance(node, dict):
        if len(node.get("enum", ())) == 1:
            node = {"const": node["enum"][0]} | {k: v for k, v in node.items() if k != "enum"}
        return {key: _simplify(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_simplify(item) for item in node]
    return node
