"""What Live shows: alarms first, a strip of facts, tiles of machines with faults first, doors."""

from dataclasses import dataclass

from webui.parts import Bar, Chip, Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A machine or a door, now."""

    id: str
    name: str
    icon: str
    chip: Chip
    lines: tuple[tuple[Part, ...], ...] = ()
    bar: Bar | None = None
    warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that a person must see to; `take` whether she may say *I take it*."""

    id: str
    title: str
    parts: tuple[Part, ...]
    taken: bool = False
    take: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Everything that changes while the page is open."""

    site: str
    facts: tuple[tuple[Part, ...], ...] = ()
    more_facts: str = ""
    """How many there are that are not shown, in words; empty when there are none."""
    alarms: tuple[Alarm, ...] = ()
    more_alarms: str = ""
    machines: tuple[Tile, ...] = ()
    more_machines: str = ""
    doors: tuple[Tile, ...] = ()
    more_doors: str = ""
