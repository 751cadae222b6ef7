"""How a field's type reads in protocol.md."""

from enum import Enum
from typing import Any

from msgspec import NODEFAULT, UNSET, inspect

from controller.domain.facts import Language
from controller.domain.time import Utc


def spell(info: inspect.Type) -> str:
    """A type in a few words; words with a meaning of their own stand in the table of types."""
    match info:
        case inspect.Metadata(extra_json_schema={"title": title}):
            return str(title)
        case inspect.Metadata():
            return spell(info.type)
        case inspect.CustomType(cls=kind) if kind is Utc:
            return "time"
        case inspect.TimeType():
            return "`HH:MM:SS`"
        case inspect.DateType():
            return "`YYYY-MM-DD`"
        case inspect.EnumType(cls=kind) if kind is Language:
            return "`fr`, `en` or another ISO 639 code"
        case inspect.EnumType():
            return " \\| ".join(f"`{member.value}`" for member in info.cls)
        case inspect.LiteralType():
            return " \\| ".join(f"`{value}`" for value in info.values)
        case inspect.StructType() | inspect.DataclassType():
            return f"[{info.cls.__name__}](#{info.cls.__name__.lower()})"
        case inspect.UnionType():
            return _union(info)
        case inspect.VarTupleType() | inspect.ListType():
            return _list_of(info)
        case inspect.TupleType():
            return "[" + ", ".join(map(spell, info.item_types)) + "]"
        case inspect.DictType() | inspect.RawType():
            return "object"
        case _:
            return _number_or_text(info)


def _union(info: inspect.UnionType) -> str:
    parts = [spell(part) for part in info.types if not isinstance(part, inspect.NoneType)]
    null = len(parts) < len(info.types)
    return " or ".join(parts) + (" or null" if null else "")


def _list_of(info: inspect.VarTupleType | inspect.ListType) -> str:
    few = f", {info.min_length} to {info.max_length}" if info.max_length else ""
    return f"list of {spell(info.item_type)}{few}"


def _number_or_text(info: inspect.Type) -> str:
    names = {
        inspect.StrType: "text",
        inspect.IntType: "integer",
        inspect.FloatType: "number",
        inspect.BoolType: "true or false",
    }
    bounds = [
        f"{sign} {value:g}"
        for key, sign in (("gt", ">"), ("ge", "≥"), ("lt", "<"), ("le", "≤"))
        if (value := getattr(info, key, None)) is not None
    ]
    return " ".join([names.get(type(info), "any"), *bounds])


def default_of(field: inspect.Field) -> str:
    """What a field is when it is not there; nothing for a field that must be there."""
    if field.default_factory is not NODEFAULT:
        return "all defaults"
    if field.default is NODEFAULT or field.default is UNSET or field.name == "v":
        return ""
    return f"`{_json(field.default)}`"


def _json(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case Enum():
            return str(value.value)
        case tuple():
            return "[]"
        case _:
            return str(value)
