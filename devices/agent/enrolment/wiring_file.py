"""Appends the wiring that came with an enrolment to a configuration file that has none."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from controller.settings import AccessPointSettings

_ENROLLED = "# As `loquet enrol` got it from the controller."
_BARE = re.compile("[A-Za-z0-9_-]+")


def points_of(wiring: Mapping[str, Any] | None) -> list[AccessPointSettings]:
    """Return the access points in a wiring; none if it can't be read, as from a newer
    controller."""
    try:
        return msgspec.convert((wiring or {}).get("access_points", []), list[AccessPointSettings])
    except msgspec.ValidationError:
        return []


def tables(points: list[AccessPointSettings]) -> str:
    """Return the wiring as TOML tables for config.toml."""
    return "".join(map(_table, points))


def append(file: Path, points: list[AccessPointSettings], comment: str = _ENROLLED) -> None:
    """Append the access points to the file, after this comment line. Raises OSError."""
    with file.open("a", encoding="utf-8") as config:
        config.write(f"\n{comment}\n{tables(points)}")
        config.flush()
        os.fsync(config.fileno())


def _table(point: AccessPointSettings) -> str:
    fields = msgspec.to_builtins(point)
    lines = [f"{key} = {_value(value)}" for key, value in fields.items() if value]
    return "\n".join(["[[agent.access_point]]", *lines, ""])


def _key(text: str) -> str:
    return text if _BARE.fullmatch(text) else json.dumps(text)


def _value(value: Any) -> str:
    """Return a value in TOML.

    JSON's spelling of strings, numbers, booleans and lists of them is valid TOML.
    """
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_value(element)}" for key, element in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
