"""What Bench shows: simulated readers to tap, pins and meters to watch, inputs to push."""

from dataclasses import dataclass

from webui.views.parts import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A pin or a meter to watch: its words now, and whether it is on."""

    name: str
    text: str
    on: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """Something to push: posting `action` changes it to the other state."""

    name: str
    text: str
    action: str
    pressed: bool
    grave: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One access point with its reader (`tap`: where to post a badge), signals and inputs."""

    id: str
    name: str
    icon: str
    tap: str | None
    signals: tuple[Signal, ...] = ()
    pushes: tuple[Push, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchPage:
    """The whole bench; `people` are the badges of the demo's people, by name."""

    stations: tuple[Station, ...]
    people: tuple[Option, ...]
