"""Events that can happen to a door, and the effects that follow from them, as frozen types."""

from dataclasses import dataclass

from controller.domain.states import DoorPhase, Refusal, ReleaseCause


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorGranted:
    """`decide()` granted a tap; the id comes back in `DoorPassed` or `NotUsed`."""

    grant_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rex:
    """The exit button was pressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The door contact changed; also sent at start."""

    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FireInput:
    """The fire input changed; also sent at start."""

    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicHours:
    """The public hours, in which this door stays released, began or ended (`public_hours()`)."""

    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRequested:
    """Staff releases the door once (command `release_door`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepReleasedRequested:
    """Staff keeps the door released until it is locked again (command `hold_door`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRequested:
    """Staff locks the door, also during public hours (command `lock_door`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowHoursRequested:
    """Staff returns the door to its public hours (command `follow_hours`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FireResetRequested:
    """Somebody resets the fire latch, at the door (`on_the_spot`) or remotely."""

    on_the_spot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorTick:
    """Time has passed; timers may be due."""


DoorEvent = (
    DoorGranted
    | Rex
    | Contact
    | FireInput
    | PublicHours
    | ReleaseRequested
    | KeepReleasedRequested
    | LockRequested
    | FollowHoursRequested
    | FireResetRequested
    | DoorTick
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStrike:
    """Set the strike: release or lock."""

    released: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorPhaseChanged:
    """The door's new phase, for the display, `point_state` and pages."""

    phase: DoorPhase


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorReleased:
    """Write `door_released` to the journal."""

    cause: ReleaseCause


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorOpened:
    """Write `door_opened` to the journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorClosed:
    """Write `door_closed` to the journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorHeld:
    """Write `door_held` to the journal: the door has been open for longer than `held_s`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorForced:
    """Write `door_forced` to the journal instead of `door_opened`: opened without a grant or the
    exit button."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorPassed:
    """The person of that grant has passed the door and changes zone."""

    grant_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUsed:
    """Write `door_not_used` to the journal: the door did not open in time after that grant."""

    grant_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RexPressed:
    """Write `rex` to the journal: the exit button was pressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FireRaised:
    """Write `fire` to the journal; the latch must be stored on disk so that it survives
    restarts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FireReset:
    """Write `fault_reset` of kind fire to the journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRefused:
    """A request was refused."""

    why: Refusal


DoorEffect = (
    SetStrike
    | DoorPhaseChanged
    | DoorReleased
    | DoorOpened
    | DoorClosed
    | DoorHeld
    | DoorForced
    | DoorPassed
    | NotUsed
    | RexPressed
    | FireRaised
    | FireReset
    | DoorRefused
)
