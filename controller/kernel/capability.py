"""What a room gives to the house; nothing is found by magic."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from controller.kernel.actor import SHARED, Permission
from controller.kernel.reactions import Reaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One thing that the place can do: its name, and whatever it has of the rest."""

    name: str
    permissions: tuple[Permission, ...] = ()
    """Those that no other room asks for."""
    reacts: tuple[Reaction[Any], ...] = ()
    """To typed changes of the rooms before it, in the same transaction."""


@dataclass(frozen=True, slots=True, init=False)
class House:
    """All rooms in their order, and what they give together."""

    rooms: tuple[Capability, ...]
    permissions: tuple[Permission, ...]
    reactions: tuple[Reaction[Any], ...]

    def __init__(self, rooms: Iterable[Capability]) -> None:
        """Raises ValueError when two rooms have one name, or one permission."""
        put = object.__setattr__
        put(self, "rooms", tuple(rooms))
        own = [permission for each in self.rooms for permission in each.permissions]
        put(self, "permissions", _once((*SHARED, *own)))
        put(self, "reactions", tuple(one for each in self.rooms for one in each.reacts))
        _once(each.name for each in self.rooms)

    def permission(self, name: str) -> Permission | None:
        """The permission of this name."""
        return next((each for each in self.permissions if each == name), None)


def _once(names: Iterable[Any]) -> tuple[Any, ...]:
    seen = tuple(names)
    if twice := {each for each in seen if seen.count(each) > 1}:
        raise ValueError(f"declared twice: {', '.join(sorted(twice))}")
    return seen
