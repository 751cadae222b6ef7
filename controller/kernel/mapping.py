"""Copies rows to shapes and shapes to rows: fields with the same name on both sides are copied."""

from collections.abc import Callable
from enum import Enum
from functools import cache
from operator import attrgetter
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from controller.kernel.jsontypes import from_json, to_json
from controller.store.base import Base

S = TypeVar("S", bound=msgspec.Struct)
Converter = Callable[[Any], Any]

_COLUMNS = {"version": "row_version", "access_point": "access_point_id"}
"""Fields whose column has another name, in all tables."""


def to_shape(row: object, shape: type[S], /, **differently: Any) -> S:
    """Convert a row; `differently` has the values of fields that aren't equal to a column.

    A JSON column is converted to the field's struct or tuple. Nothing is validated again, since
    that was done on writing.
    """
    names, columns, converters = _plan(shape, tuple(differently))
    fields = dict(zip(names, columns(row), strict=True))
    for name, convert in converters:
        if fields[name] is not None:
            fields[name] = convert(fields[name])
    return shape(**fields, **differently)


def write(
    row: Base,
    new: msgspec.Struct,
    fields: type[msgspec.Struct],
    /,
    *beside: str,
    **differently: Any,
) -> None:
    """Copy `fields` from `new` to the row's columns.

    `beside`: fields without a column; `differently`: values of columns that aren't equal to a
    field. Raises AttributeError for an unknown column.
    """
    for name in fields.__struct_fields__:
        if name not in beside and name not in differently:
            differently[_COLUMNS.get(name, name)] = _to_column(getattr(new, name))
    for column, value in differently.items():
        getattr(type(row), column)
        setattr(row, column, value)


def _to_column(value: Any) -> Any:
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    return to_json(value) if isinstance(value, msgspec.Struct) else value


@cache
def _plan(
    shape: type[msgspec.Struct], excluded: tuple[str, ...]
) -> tuple[list[str], Callable[[object], tuple[Any, ...]], list[tuple[str, Converter]]]:
    """Return the fields, a function that reads them, and converters of JSON fields."""
    names = [name for name in shape.__struct_fields__ if name not in excluded]
    kinds = get_type_hints(shape)
    converters = ((name, _converter(kinds[name])) for name in names)
    columns = [_COLUMNS.get(name, name) for name in names]
    return (
        names,
        attrgetter(*columns),
        [(name, convert) for name, convert in converters if convert],
    )


def _converter(kind: Any) -> Converter | None:
    """Return the converter from a column's JSON to the type; None if none is needed."""
    kinds = get_args(kind)
    if get_origin(kind) is tuple:
        convert = kinds[0] if _is_subclass(kinds[0], Enum) else _converter(kinds[0])
        return tuple if convert is None else lambda items: tuple(map(convert, items))
    if _is_subclass(kind, msgspec.Struct):
        return lambda data: from_json(data, kind)
    return _converter(kinds[0]) if len(kinds) == 2 and kinds[1] is NoneType else None


def _is_subclass(kind: Any, base: type) -> bool:
    return isinstance(kind, type) and issubclass(kind, base)
