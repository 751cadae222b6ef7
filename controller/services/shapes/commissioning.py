"""A commissioning as the API gives it: what must be seen, what was ticked, what is missing."""

from controller.domain.commissioning import StepName
from controller.domain.time import Utc
from controller.services.shapes.records import DecisionText
from controller.services.shapes.scalars import Note, Shape, Slug


class NewTick(Shape, frozen=True, kw_only=True):
    """A step was seen: the event that shows it, or what the person saw in a few words, or both."""

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
    """Digest of the agent and of the wiring that the step has tried."""
    holds: bool
    """False: that wiring has changed since; the step must be ticked again."""


class CommissioningStep(Shape, frozen=True, kw_only=True):
    """One thing to see."""

    step: StepName
    do: DecisionText
    see: DecisionText | None
    """A question whose answer must be yes before it is ticked."""
    events: tuple[str, ...]
    """Types of the event that shows it; empty: only a person's remark can."""
    fields: dict[str, str]
    """What the event's `data` must say."""
    tick: Tick | None


class Commissioning(Shape, frozen=True, kw_only=True):
    """How far an access point's commissioning is."""

    access_point: Slug
    commissioned: bool
    agent_id: Slug | None
    wired: bool
    """Whether its agent has told its wiring; before that there is nothing to tick."""
    missing: tuple[StepName, ...]
    steps: tuple[CommissioningStep, ...]
