"""Converts JSON data to shapes, with an error for each invalid field, and applies merge patches."""

from collections.abc import Iterator, Mapping
from functools import cache
from threading import Lock
from typing import Any, TypeVar, get_type_hints

import msgspec

from controller.domain.control_characters import first_control
from controller.domain.facts import Language
from controller.domain.validation_issue import ValidationIssue
from controller.kernel.errors import ControlCharacter, FieldError, Invalid
from controller.kernel.first_use import prepare_for_threads
from controller.kernel.jsontypes import dec_hook, to_json
from controller.kernel.translation import languages

T = TypeVar("T")
NUL = "\0"
"""The NUL character, which no text may contain: PostgreSQL refuses it, and SQLite truncates at
it."""


def has_forbidden_character(value: object) -> bool:
    """Return whether any text in the value has a forbidden character."""
    return any(first_control(text, multiline=True) for _, text in _texts(value, ""))


def one_line(field: str, text: str) -> str:
    """Return the text of a single-line field outside shapes. Raises ControlCharacter."""
    if (control := first_control(text)) is not None:
        raise ControlCharacter(field, control)
    return text


def several_lines(field: str, text: str) -> str:
    """Return a text that may have line breaks and tabs; CR LF becomes LF.

    Raises ControlCharacter.
    """
    text = text.replace("\r\n", "\n")
    if (control := first_control(text, multiline=True)) is not None:
        raise ControlCharacter(field, control)
    return text


def _texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield every text in the value, names of fields included, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield path, str(key)
            yield from _texts(inner, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{path}.{number}")


def _with_line_feeds(value: Any) -> Any:
    """Return the value with CR LF in all texts as LF; forms send CR LF."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    if isinstance(value, Mapping):
        return {key: _with_line_feeds(inner) for key, inner in value.items()}
    return list(map(_with_line_feeds, value)) if isinstance(value, list | tuple) else value


def parse(data: object, shape: type[T], *, strict: bool = True) -> T:
    """Convert a JSON object to a Struct. Raises Invalid with all invalid fields.

    Not `strict`: every value is a text, as in a query.
    """
    if not isinstance(data, Mapping):
        raise Invalid.of("", "expected an object")
    data = {key: _with_line_feeds(value) for key, value in data.items()}
    errors = list(_errors(data, shape, strict))
    if errors:
        raise Invalid(errors)
    try:
        return msgspec.convert(data, shape, strict=strict, dec_hook=dec_hook)
    except msgspec.ValidationError as problem:
        raise Invalid([_whole_error(problem, shape)]) from problem


def merge(current: object, patch: object, shape: type[T]) -> T:
    """Apply a merge patch (RFC 7396) to a Struct and return the result. Raises Invalid."""
    if not isinstance(patch, Mapping):
        raise Invalid.of("", "expected an object")
    allowed = {field.encode_name for field in _fields(shape)}
    unknown = [
        FieldError(str(key), "unknown or can't be changed") for key in patch.keys() - allowed
    ]
    if unknown:
        raise Invalid(unknown)
    data = {key: value for key, value in to_json(current).items() if key in allowed}
    return parse(_merge(data, patch), shape)


def _field_shapes(shape: type) -> dict[str, type[msgspec.Struct]]:
    """Return a shape for each field with only that field, to report all invalid fields.

    The field's type alone would not do: when msgspec 0.22 converts to a type other than a shape, it
    frees the pattern of a text in a union with a tuple, and crashes later.
    """
    with _lock:  # `cache` would let two threads make the shapes of a type at the same time
        return _cached_field_shapes(shape)


_lock = Lock()


@cache
def _cached_field_shapes(shape: type) -> dict[str, type[msgspec.Struct]]:
    kinds = get_type_hints(shape, include_extras=True)
    structs = {
        field.name: msgspec.defstruct(
            "Held", [(field.name, kinds[field.name])], rename={field.name: field.encode_name}
        )
        for field in _fields(shape)
    }
    for struct_type in (shape, *structs.values()):
        prepare_for_threads(struct_type)
    return structs


def _fields(shape: Any) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(shape)


def _merge(target: object, patch: object) -> object:
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            before = result.get(key)
            result[key] = _merge(None if _is_other_kind(before, value) else before, value)
    return result


def _is_other_kind(before: object, patch: object) -> bool:
    """Return whether the patch chooses another variant, such as another `validity`.

    Then all fields of the variant are new, and none of the old ones are kept.
    """
    if not (isinstance(before, Mapping) and isinstance(patch, Mapping)):
        return False
    return bool(patch.get("kind", before.get("kind")) != before.get("kind"))


def _errors(data: Mapping[Any, Any], shape: type, strict: bool) -> Iterator[FieldError]:
    fields = {field.encode_name: field for field in _fields(shape)}
    shapes = _field_shapes(shape)
    for key in data:
        if key not in fields:
            yield FieldError(str(key), "unknown field")
    for key, field in fields.items():
        if key not in data:
            if field.required:
                yield FieldError(key, "required")
            continue
        if control_errors := list(_controls(data[key], key, multiline=True)):
            yield from control_errors
            continue
        try:
            converted = msgspec.convert(
                {key: data[key]}, shapes[field.name], strict=strict, dec_hook=dec_hook
            )
        except msgspec.ValidationError as problem:
            error = _field_error(problem, "")
            controls = [
                control for control in _controls(data[key], key) if control.field == error.field
            ]
            yield from controls or [error]  # `error` would not mention a line break
        else:
            value = getattr(converted, field.name)
            if isinstance(value, Language) and value not in languages():
                yield FieldError(key, f"expected one of {', '.join(languages())}")


def _controls(value: object, path: str, *, multiline: bool = False) -> Iterator[FieldError]:
    for where, text in _texts(value, path):
        if (control := first_control(text, multiline=multiline)) is not None:
            yield from ControlCharacter(where, control).errors


def _whole_error(problem: msgspec.ValidationError, shape: type) -> FieldError:
    """Convert an error about a combination of fields; its text begins with the invalid field."""
    error = _field_error(problem, "")
    field, colon, message = error.message.partition(": ")
    if not error.field and colon and field in {field.encode_name for field in _fields(shape)}:
        return FieldError(field, message)
    return error


def _field_error(problem: msgspec.ValidationError, field: str) -> FieldError:
    issue = ValidationIssue.of(problem)
    inner = issue.path.replace("[", ".").replace("]", "").strip(".")
    return FieldError(".".join(part for part in (field, inner) if part), issue.message)
