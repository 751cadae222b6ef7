"""Shapes of machines, as the API and the pages see them."""

from typing import Annotated

import msgspec

from controller.capabilities.training.shapes import NextSession
from controller.domain.access.decision import DenyReason
from controller.domain.commissioning import StepName
from controller.domain.facts import (
    Assurance,
    BookingRule,
    DoorRules,
    OnEnd,
    OnRevoke,
    PointKind,
    PresenceMode,
    Risk,
    SessionRules,
    Supervisor,
    Takeover,
)
from controller.domain.time import Utc
from controller.kernel.shapes import DecisionText, Label, Note, Seconds, Shape, Slug


class NewTick(Shape, frozen=True, kw_only=True):
    """Confirms a step with the event that proves it, or a remark of who saw it, or both."""

    event_id: str | None = None
    remark: Note | None = None


class Tick(Shape, frozen=True, kw_only=True):
    """Who ticked a step, when, with which agent and wiring."""

    at: Utc
    by: str
    event_id: str | None
    remark: str | None
    agent_id: Slug
    agent_version: str | None
    wiring: str
    """Digest of the agent and of the wiring that the step tested."""
    holds: bool
    """False: the wiring has changed since; the step must be ticked again."""


class CommissioningStep(Shape, frozen=True, kw_only=True):
    """One step of commissioning: what to do and what to see."""

    step: StepName
    do: DecisionText
    see: DecisionText | None
    """A question whose answer must be yes before it is ticked."""
    events: tuple[str, ...]
    """Types of events that prove it; empty: only a person's remark can."""
    fields: dict[str, str]
    """The values that the event's `data` must have."""
    tick: Tick | None


class Commissioning(Shape, frozen=True, kw_only=True):
    """The progress of an access point's commissioning."""

    access_point: Slug
    commissioned: bool
    agent_id: Slug | None
    wired: bool
    """Whether its agent has reported its wiring; before that, there is nothing to tick."""
    missing: tuple[StepName, ...]
    steps: tuple[CommissioningStep, ...]


_SESSION = SessionRules()
_DOOR = DoorRules()


class RequirementShape(Shape, frozen=True, kw_only=True):
    """What an access point requires: all of `certifications`; of an inner list, one is enough."""

    certifications: tuple[Slug | tuple[Slug, ...], ...] = ()
    plans: tuple[Slug, ...] = ()
    subscription: bool = True
    assurance: Assurance = Assurance.UID
    supervisor: Supervisor = Supervisor.NO
    company: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1
    """How many people must be present, the holder included."""
    booking: BookingRule = BookingRule.RESPECTED


class SessionShape(Shape, frozen=True, kw_only=True):
    """How a machine session behaves; see `facts.SessionRules`."""

    presence: PresenceMode = _SESSION.presence
    slot_grace_s: Seconds = _SESSION.slot_grace_s
    idle_timeout_s: Seconds = _SESSION.idle_timeout_s
    idle_warn_s: Seconds = _SESSION.idle_warn_s
    idle_warn_more_time_s: Seconds = _SESSION.idle_warn_more_time_s
    hold_s: Seconds = _SESSION.hold_s
    cool_down_s: Seconds = _SESSION.cool_down_s
    on_end: OnEnd = _SESSION.on_end
    on_revoke: OnRevoke = _SESSION.on_revoke
    takeover: Takeover = _SESSION.takeover
    max_duration_s: Seconds | None = _SESSION.max_duration_s


class DoorShape(Shape, frozen=True, kw_only=True):
    """How a door behaves; see `facts.DoorRules`."""

    pulse_s: Seconds = _DOOR.pulse_s
    held_s: Seconds = _DOOR.held_s
    open_within_s: Seconds = _DOOR.open_within_s
    public_schedule: Slug | None = _DOOR.public_schedule


class AccessPointFields(Shape, frozen=True, kw_only=True):
    """The fields of an access point that can be changed."""

    name: Label
    agent_id: Slug | None = None
    icon: Slug = "cog"
    zone_id: Slug | None = None
    from_zone_id: Slug | None = None
    risk: Risk = Risk.LOW
    requirement: RequirementShape = RequirementShape()
    session: SessionShape = SessionShape()
    door: DoorShape = DoorShape()
    policy_max_age_s: Annotated[int, msgspec.Meta(ge=60, le=31_536_000)] | None = None
    in_service: bool = True
    service_reason: Note | None = None
    commissioned: bool = False
    """Set when `…/commissioning` is finished; set it by hand only for what was tested before."""


class NewAccessPoint(AccessPointFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug | None = None
    kind: PointKind


class AccessPoint(AccessPointFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug
    kind: PointKind
    version: int


class Explained(Shape, frozen=True, kw_only=True):
    """How a member's tap at an access point would be decided now, and why."""

    access_point: Slug
    granted: bool
    reason: DenyReason | None
    detail: dict[str, object]
    text: DecisionText
    next_course_session: NextSession | None = None
    """If a course grants the missing certification: its next session with a free seat."""
