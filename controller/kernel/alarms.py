"""Kinds of alarm: what each is called, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """One kind; its texts stand in the catalogue of the feature that lists it."""

    kind: str
    title: str
    todo: str
    told_apart: bool = False
    """Whether its feature lists it on *Catch up* itself."""
    clears: str = ""
    """When it clears, unless that is when its cause is gone."""
    calm: bool = False
    """Whether it can wait: nobody is in danger and nothing is blocked."""
