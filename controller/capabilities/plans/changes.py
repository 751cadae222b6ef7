"""What happens to plans that other features must act upon, in the same transaction."""

from dataclasses import dataclass

from controller.capabilities.plans.models import PassKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanGiven:
    """A plan is given from a time on: by subscription, or by a pass of so many days.

    A feature raises Forbidden or Invalid when the actor may not give it for nothing.
    """

    site_id: str
    plan_id: str
    member_id: str
    starts: Utc
    ends: Utc | None = None
    pass_kind: PassKind | None = None
    """None: it is a subscription."""
    units: int = 0
    """Of a pass."""
    pass_id: str | None = None
    """The pass that exists already, and gets another number of days or another start."""
    reason: str | None
    actor: Actor


@dataclass(frozen=True, slots=True)
class UseQuestion:
    """Whether a member has used the place since their subscription began.

    A feature that knows of a use raises `WasUsed`.
    """

    member_ref: str
    site_id: str
    since: Utc


class WasUsed(Exception):
    """The member has used the place."""


@dataclass(frozen=True, slots=True)
class PassTakenBack:
    """A pass is taken back where it was given. A feature that forbids it raises WasSold."""

    pass_id: str
    member_id: str


class WasSold(Conflict):
    """The pass was paid for: its sale is cancelled, which takes the pass back with the money."""
