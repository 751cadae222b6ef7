"""What a room gives to the house; nothing is found by magic."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controller.kernel.actor import SHARED, Permission
from controller.kernel.names import Names
from controller.kernel.reactions import Reaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One thing that the place can do: its name, and whatever it has of the rest."""

    name: str
    permissions: tuple[Permission, ...] = ()
    """Those that no other room asks for."""
    reacts: tuple[Reaction[Any], ...] = ()
    """To typed changes of the rooms before it, in the same transaction."""
    names: tuple[Names, ...] = ()
    """Behind references to what is its own."""
    migrations: Path | None = None
    """Its branch of the schema's history, for a room that is younger than the first schema."""
    words: Path | None = None
    """The folder with its catalogues."""


@dataclass(frozen=True, slots=True, init=False)
class House:
    """All rooms in their order, and what they give together."""

    rooms: tuple[Capability, ...]
    permissions: tuple[Permission, ...]
    reactions: tuple[Reaction[Any], ...]
    names: tuple[Names, ...]
    migrations: tuple[Path, ...]
    words: tuple[Path, ...]

    def __init__(self, rooms: Iterable[Capability]) -> None:
        """Raises ValueError when two rooms have one name, or one permission."""
        put = object.__setattr__
        put(self, "rooms", tuple(rooms))
        own = [permission for each in self.rooms for permission in each.permissions]
        put(self, "permissions", _once((*SHARED, *own)))
        put(self, "reactions", tuple(one for each in self.rooms for one in each.reacts))
        put(self, "names", tuple(one for each in self.rooms for one in each.names))
        folders = (each.migrations for each in self.rooms)
        put(self, "migrations", tuple(filter(None, folders)))
        put(self, "words", tuple(filter(None, (each.words for each in self.rooms))))
        _once(each.name for each in self.rooms)

    def permission(self, name: str) -> Permission | None:
        """The permission of this name."""
        return next((each for each in self.permissions if each == name), None)


def _once(names: Iterable[Any]) -> tuple[Any, ...]:
    seen = tuple(names)
    if twice := {each for each in seen if seen.count(each) > 1}:
        raise ValueError(f"declared twice: {', '.join(sorted(twice))}")
    return seen
