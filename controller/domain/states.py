"""The states of machines and doors and the causes of their changes: closed lists for all parts."""

from enum import StrEnum
from typing import Self


class MachinePhase(StrEnum):
    """Phases of a machine; the values are those of `point_state`."""

    OFF = "off"
    ARMED = "armed"
    RUNNING = "running"
    COOLING = "cooling"
    FAULT = "fault"
    OUT_OF_SERVICE = "out_of_service"


class DoorPhase(StrEnum):
    """Phases of a door; the values are those of `point_state`. `held`: open for too long."""

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
    """The subscription, badge or certification ended."""
    REVOKED = "revoked"
    OUT_OF_SERVICE = "out_of_service"
    TAKEN_OVER = "taken_over"
    ENDED_BY_STAFF = "ended_by_staff"
    CUT_BY_STAFF = "cut_by_staff"
    FAULT = "fault"
    INTERLOCK = "interlock"
    """A guard or a lid was opened, or water failed, while the machine had power."""
    SWITCH_FAILED = "switch_failed"
    """The power switch went off by itself, does not obey, or does not answer."""
    AGENT_RESTARTED = "agent_restarted"
    """The agent restarted, so the machine lost power."""
    SUPERSEDED = "superseded"
    """Set by the hub only: a later start shows that this session must have ended."""

    @property
    def cut_by_place(self) -> bool:
        """Return whether the fablab itself cut the session short, so that the member is not
        charged.

        A box without power, an interlock or a power switch doesn't count, since users can cause
        these themselves (decisions 0251, 0236, 0286).
        """
        return self in _CUT_BY_PLACE


_CUT_BY_PLACE = frozenset({EndCause.CUT_BY_STAFF, EndCause.FAULT})


class FaultKind(StrEnum):
    """Kinds of faults at an access point."""

    ESTOP = "estop"
    FIRE = "fire"
    INTERLOCK = "interlock"
    POWER_WHILE_OFF = "power_while_off"
    """Current flows more than 2 s after switching off: a welded contact."""
    SWITCH_FAILED = "switch_failed"
    """The power switch does not obey or does not answer."""
    JOB_UNKNOWN = "job_unknown"
    """An alarm that is never latched: the meter or printer reports nothing; treated as running."""

    @property
    def on_the_spot_only(self) -> bool:
        """Return whether it can be reset only at the machine or door (ISO 13850)."""
        return self in (FaultKind.ESTOP, FaultKind.FIRE)


class InputKind(StrEnum):
    """What a safety input monitors."""

    ESTOP = "estop"
    FIRE = "fire"
    INTERLOCK = "interlock"
    START = "start"
    """Must be closed when a session starts; ignored once the machine has power."""

    @classmethod
    def of(cls, name: str) -> Self | None:
        """Return what the input of that name monitors (`estop`, `interlock-door`); None: not a
        safety input."""
        return next((kind for kind in cls if name.startswith(kind.value)), None)


class Cuts(StrEnum):
    """What an open safety input switches off: the dangerous part, or both parts."""

    MAIN = "main"
    ALL = "all"


class WarningKind(StrEnum):
    """What a machine's warning announces."""

    IDLE = "idle"
    MAX_DURATION = "max_duration"
    HOURS_END = "hours_end"


class Refusal(StrEnum):
    """Why a machine or door refused a request."""

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
