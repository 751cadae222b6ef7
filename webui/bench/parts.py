"""What stations of Bench are made of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A pin or a meter to watch: its words now, and whether it is on."""

    name: str
    text: str
    on: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """Something to push: a button that posts `op` and `value`, pressed or not."""

    text: str
    op: str
    value: str
    pressed: bool | None = None
    """None: it does something once, and has no state."""
    grave: bool = False
