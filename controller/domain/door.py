"""The state of a door: locked, released, open, held, forced."""

from dataclasses import dataclass

from controller.domain.door_events import DoorEffect, DoorEvent
from controller.domain.facts import AccessPoint, DoorRules, Site
from controller.domain.states import DoorPhase
from controller.domain.time import Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Somebody may come through: a grant, or the exit button (no id)."""

    grant_id: str | None
    until_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorState:
    """Everything a door remembers. Times are monotonic seconds."""

    at_s: float
    phase: DoorPhase = DoorPhase.LOCKED
    since_s: float = 0.0
    contact: bool | None = None
    """Whether it is open; None: it has no contact."""
    released_until_s: float | None = None
    passages: tuple[Passage, ...] = ()
    held_from_s: float | None = None
    """Since when being open counts towards `held_s`."""
    public: bool = False
    public_overridden: bool = False
    kept: bool = False
    """Kept released by staff."""
    fire_input: bool = False
    fire_latched: bool = False

    @property
    def strike_released(self) -> bool:
        """What the strike must be."""
        raise NotImplementedError


def initial(mono_s: float, *, has_contact: bool, fire_latched: bool = False) -> DoorState:
    """The door at start: locked, or released when the fire latch was set before the restart."""
    raise NotImplementedError


def step(
    state: DoorState, event: DoorEvent, mono_s: float, rules: DoorRules
) -> tuple[DoorState, tuple[DoorEffect, ...]]:
    """What the door is after an event at that monotonic time, and what is to be done."""
    raise NotImplementedError


def next_deadline(state: DoorState, rules: DoorRules) -> float | None:
    """The monotonic time at which the next `DoorTick` is due; None: no timer runs."""
    raise NotImplementedError


def public_hours(point: AccessPoint, site: Site, now: Utc) -> bool:
    """Whether the schedule keeps this door released now; never when it is out of service."""
    raise NotImplementedError
