"""What can happen to a door, and what it then asks for: frozen events and effects."""

from dataclasses import dataclass

from controller.domain.states import DoorPhase, Refusal, ReleaseCause


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorGranted:
    """A tap that `decide()` granted; the id comes back in `Passed` or `NotUsed`."""

    grant_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rex:
    """The exit button was pressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The door contact changed; sent at start too."""

    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FireInput:
    """The fire input changed; sent at start too."""

    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicHours:
    """The schedule that keeps this door released began or ended (`public_hours()`)."""

    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseAsked:
    """Staff releases it once (command `release_door`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldAsked:
    """Staff keeps it released until it is locked again (command `hold_door`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockAsked:
    """Staff locks it, public hours or not (command `lock_door`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursAsked:
    """Staff leaves it to its public hours again (command `follow_hours`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FireResetAsked:
    """A person resets the fire latch."""

    on_the_spot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorTick:
    """Time has passed, and nothing else happened."""


DoorEvent = (
    DoorGranted
    | Rex
    | Contact
    | FireInput
    | PublicHours
    | ReleaseAsked
    | HoldAsked
    | LockAsked
    | HoursAsked
    | FireResetAsked
    | DoorTick
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStrike:
    """Release or lock."""

    released: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorPhaseChanged:
    """What the door is now, for display, `point_state` and pages."""

    phase: DoorPhase


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorReleased:
    """To journal as `door_released`."""

    cause: ReleaseCause


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorOpened:
    """To journal as `door_opened`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorClosed:
    """To journal as `door_closed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorHeld:
    """To journal as `door_held`: open for longer than `held_s`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorForced:
    """To journal as `door_forced`, not `door_opened`: with no grant and no exit button."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """The person of that grant has gone through, and moves zone."""

    grant_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUsed:
    """To journal as `door_not_used`: it did not open in time after that grant."""

    grant_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RexPressed:
    """To journal as `rex`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FireRaised:
    """To journal as `fire`; the latch must be on disk through restarts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FireReset:
    """To journal as `fault_reset` of kind fire."""


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
    | Passed
    | NotUsed
    | RexPressed
    | FireRaised
    | FireReset
    | DoorRefused
)
