"""A template that reads a field which its view does not have is an error, not an empty text."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import jinja2
import msgspec
import pytest

_getattr, _getitem = jinja2.Environment.getattr, jinja2.Environment.getitem


class MissingField(Exception):
    """A template names a field that does not exist, for example since it was renamed."""


def checked_getattr(environment: jinja2.Environment, value: Any, name: str) -> Any:
    """Return the attribute as Jinja does; raise MissingField for a view without it."""
    _check(value, name)
    return _getattr(environment, value, name)


def checked_getitem(environment: jinja2.Environment, value: Any, name: Any) -> Any:
    """The same for filters such as `selectattr`, which look for an item first."""
    _check(value, name)
    return _getitem(environment, value, name)


def _check(value: Any, name: Any) -> None:
    is_view = dataclasses.is_dataclass(value) or isinstance(value, msgspec.Struct)
    if is_view and isinstance(name, str) and not hasattr(value, name):
        raise MissingField(f"{type(value).__name__} has no {name}")


@pytest.fixture(autouse=True, scope="session")
def template_fields() -> Iterator[None]:
    """Check every page that a test renders in its own process."""
    patch = pytest.MonkeyPatch()
    patch.setattr(jinja2.Environment, "getattr", checked_getattr)
    patch.setattr(jinja2.Environment, "getitem", checked_getitem)
    yield
    patch.undo()
