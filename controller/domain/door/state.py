"""The state of a door, frozen; times are in seconds on the monotonic clock."""

from dataclasses import dataclass, replace

from controller.domain.states import DoorPhase


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Permission to pass until `until_s`, after a grant or (`grant_id` None) the exit button."""

    grant_id: str | None
    until_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorState:
    """The whole state of a door; `at_s` is the time of its last step."""

    at_s: float
    phase: DoorPhase = DoorPhase.LOCKED
    since_s: float = 0.0
    """When this phase began."""
    contact: bool | None = None
    """Whether the door is open; None: it has no contact, or the contact has not reported yet."""
    released_until_s: float | None = None
    """Until when the strike stays released after a grant, the exit button or a command."""
    passages: tuple[Passage, ...] = ()
    held_from_s: float | None = None
    """Since when the door has been open in a way that counts towards `held_s`."""
    public: bool = False
    """Whether its public hours are running."""
    locked_by_staff: bool = False
    """Whether staff locked the door during public hours; ends when the next ones begin."""
    held_released: bool = False
    fire_input: bool = False
    fire_latched: bool = False
    """Whether a fire was reported and has not been reset."""
    strike_released: bool = False
    """Whether the strike was last commanded to release."""

    @property
    def is_free(self) -> bool:
        """Return whether anybody may pass: public hours, kept released by staff, or fire."""
        return self.fire_latched or self.held_released or (self.public and not self.locked_by_staff)

    @property
    def wants_release(self) -> bool:
        """Return whether the strike should be released now."""
        return self.is_free or self.released_until_s is not None


def derive_phase_and_strike(state: DoorState) -> DoorState:
    """Return the state with phase and strike computed from its other fields."""
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
    """Return the phase: open, held or forced if the door stands open, else locked or released."""
    if not state.contact:
        return DoorPhase.RELEASED if state.wants_release else DoorPhase.LOCKED
    is_alarm = state.phase in (DoorPhase.FORCED, DoorPhase.HELD)
    return state.phase if is_alarm and not state.is_free else DoorPhase.OPEN
