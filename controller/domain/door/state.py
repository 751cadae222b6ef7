"""Everything that a door remembers, frozen; times are monotonic seconds."""

from dataclasses import dataclass, replace

from controller.domain.states import DoorPhase


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Somebody may come through until then: after a grant, or, without an id, the exit button."""

    grant_id: str | None
    until_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorState:
    """The whole of a door. `at_s` is the time of its last step."""

    at_s: float
    phase: DoorPhase = DoorPhase.LOCKED
    since_s: float = 0.0
    contact: bool | None = None
    """Whether it is open; None: it has no contact, or none that has spoken yet."""
    released_until_s: float | None = None
    passages: tuple[Passage, ...] = ()
    held_from_s: float | None = None
    """Since when being open counts towards `held_s`."""
    public: bool = False
    locked_by_staff: bool = False
    """Locked in public hours, until they begin anew."""
    kept: bool = False
    """Kept released by staff."""
    fire_input: bool = False
    fire_latched: bool = False
    strike_released: bool = False
    """Whether the last command to the strike was to release."""

    @property
    def is_free(self) -> bool:
        """Whether anybody may come through: public hours, kept by staff, or fire."""
        return self.fire_latched or self.kept or (self.public and not self.locked_by_staff)

    @property
    def wants_release(self) -> bool:
        """Whether the strike must be released now."""
        return self.is_free or self.released_until_s is not None


def settle(state: DoorState) -> DoorState:
    """The state with the phase and the strike that follow from everything else in it."""
    phase = _phase(state)
    is_counted = bool(state.contact) and not state.is_free
    held_from = state.held_from_s if state.held_from_s is not None else state.at_s
    return replace(
        state,
        phase=phase,
        since_s=state.since_s if phase is state.phase else state.at_s,
        held_from_s=held_from if is_counted else None,
        strike_released=state.wants_release,
    )


def _phase(state: DoorState) -> DoorPhase:
    """Open, held and forced are of the door leaf; else what the strike is."""
    if not state.contact:
        return DoorPhase.RELEASED if state.wants_release else DoorPhase.LOCKED
    is_alarm = state.phase in (DoorPhase.FORCED, DoorPhase.HELD)
    return state.phase if is_alarm and not state.is_free else DoorPhase.OPEN
