"""The states of machines and doors, and why they change: the closed lists that all parts share."""

from enum import StrEnum
from typing import Self


class MachinePhase(StrEnum):
    """Phases of a machine's session; the values are those of `point_state`."""

    OFF = "off"
    ARMED = "armed"
    RUNNING = "running"
    COOLING = "cooling"
    FAULT = "fault"
    OUT_OF_SERVICE = "out_of_service"


class DoorPhase(StrEnum):
    """Phases of a door; the values are those of `point_state`."""

    LOCKED = "locked"
    RELEASED = "released"
    OPEN = "open"
    HELD = "held"
    FORCED = "forced"


class EndCause(StrEnum):
    """Why a machine session ended."""

    BADGE_OUT = "badge_out"
    IDLE = "idle"
    MAX_DURATION = "max_duration"
    HOURS_END = "hours_end"
    RIGHT_END = "right_end"
    """The subscription, badge or certification came to its end."""
    REVOKED = "revoked"
    OUT_OF_SERVICE = "out_of_service"
    TAKEN_OVER = "taken_over"
    ENDED_BY_STAFF = "ended_by_staff"
    CUT_BY_STAFF = "cut_by_staff"
    FAULT = "fault"
    INTERLOCK = "interlock"
    """A guard or a lid was opened, or water failed, under power."""
    SWITCH_FAILED = "switch_failed"
    """The power switch went off by itself, does not obey, or does not answer."""
    AGENT_RESTARTED = "agent_restarted"
    SUPERSEDED = "superseded"
    """Given by the hub only: a later start shows that this session had ended."""

    @property
    def cut_by_place(self) -> bool:
        """Whether the place cut it short, so that its holder is not charged for it.

        Not by a box that lost its power, an interlock, or a power switch: anybody can unplug the
        first, open the second, and press the button of the third (decisions 0251, 0236, 0286).
        """
        return self in _CUT_BY_PLACE


_CUT_BY_PLACE = frozenset({EndCause.CUT_BY_STAFF, EndCause.FAULT})


class FaultKind(StrEnum):
    """What can be wrong at an access point."""

    ESTOP = "estop"
    FIRE = "fire"
    INTERLOCK = "interlock"
    POWER_WHILE_OFF = "power_while_off"
    """Current while the switch is off for more than 2 s: a welded contact."""
    SWITCH_FAILED = "switch_failed"
    """The power switch does not obey, or does not answer."""
    JOB_UNKNOWN = "job_unknown"
    """An alarm only, never latched: the meter or printer says nothing; counts as running."""

    @property
    def on_the_spot_only(self) -> bool:
        """Whether it can only be reset where it happened, never from afar (ISO 13850)."""
        return self in (FaultKind.ESTOP, FaultKind.FIRE)


class InputKind(StrEnum):
    """What a safety input observes."""

    ESTOP = "estop"
    FIRE = "fire"
    INTERLOCK = "interlock"
    START = "start"
    """Must hold when a session starts; it matters no longer once the machine has power."""

    @classmethod
    def of(cls, name: str) -> Self | None:
        """What an input of that name observes (`estop`, `interlock-door`); None: no safety."""
        return next((kind for kind in cls if name.startswith(kind.value)), None)


class Cuts(StrEnum):
    """What an open safety input switches off: the dangerous part, or the second switch too."""

    MAIN = "main"
    ALL = "all"


class WarningKind(StrEnum):
    """What a machine warns of before it acts."""

    IDLE = "idle"
    MAX_DURATION = "max_duration"
    HOURS_END = "hours_end"


class Refusal(StrEnum):
    """Why a machine or door did not do what was asked."""

    JOB_RUNNING = "job_running"
    INPUT_OPEN = "input_open"
    ON_THE_SPOT_ONLY = "on_the_spot_only"
    CURRENT_FLOWS = "current_flows"
    NO_FAULT = "no_fault"
    FAULT_LATCHED = "fault_latched"
    OUT_OF_SERVICE = "out_of_service"
    NO_SESSION = "no_session"
    IN_USE = "in_use"
    FIRE = "fire"


class ReleaseCause(StrEnum):
    """Why a door was released."""

    GRANT = "grant"
    REX = "rex"
    COMMAND = "command"
    HOLD = "hold"
    SCHEDULE = "schedule"
    FIRE = "fire"
