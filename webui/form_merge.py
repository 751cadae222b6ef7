"""Merges a form with what somebody else has saved since it was filled."""

from collections.abc import Mapping
from typing import Any

import msgspec
from flask import request

from webui.i18n import _

Values = Mapping[str, Any]
"""A form's values by field: texts, and tuples of what is ticked."""


_STATE = ("version", "filled")
"""Hidden fields: the record's version, and the values with which the form was filled."""


def fill(values: Values, version: int) -> dict[str, Any]:
    """Return a form's values with its hidden fields."""
    fields = {name: value for name, value in values.items() if name not in _STATE}
    return {**fields, "version": str(version), "filled": msgspec.json.encode(fields).decode()}


def hidden_fields() -> dict[str, str]:
    """Return the hidden fields of the sent form."""
    return {name: request.form.get(name, "") for name in _STATE}


def merge(
    typed: Values, stored: Values, words: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the form's values with what somebody else has changed, and a note at each such field.

    A field that was changed in the form keeps what was typed; of ticks, each one counts by itself.
    `words` are the texts of choices, by value.
    """
    before = _filled_values(typed["filled"])
    merged, notes = {**typed, **{name: stored[name] for name in _STATE}}, dict[str, str]()
    for name in stored.keys() - set(_STATE):
        was, value = before.get(name), stored[name]
        merged[name] = _merge_value(was, typed[name], value)
        if _differ(merged[name], typed[name]):
            notes[name] = _("Somebody else has just changed this.")
        elif not isinstance(value, tuple) and value not in (merged[name], was):
            text = words.get(value, value) or _("nothing")
            notes[name] = _("Saved in the meantime: %(value)s.", value=text)
    return merged, notes


def _filled_values(filled: str) -> dict[str, str | tuple[str, ...]]:
    try:
        return msgspec.json.decode(filled, type=dict[str, str | tuple[str, ...]])
    except (msgspec.DecodeError, RecursionError):
        return {}


def _merge_value(was: object, typed: Any, stored: Any) -> Any:
    if not isinstance(stored, tuple):
        return stored if typed == was else typed
    old = was if isinstance(was, tuple) else ()
    kept = (value for value in stored if value in typed or value not in old)
    return (*kept, *(value for value in typed if value not in old and value not in stored))


def _differ(one: Any, other: Any) -> bool:
    return (set(one) != set(other)) if isinstance(one, tuple) else bool(one != other)
