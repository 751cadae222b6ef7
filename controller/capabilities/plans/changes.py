"""Changes of plans to which other features must react in the same transaction."""

from dataclasses import dataclass
from datetime import date

from controller.capabilities.plans.models import PassKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanGiven:
    """A member is getting a plan, by a subscription or a pass, from a certain time on.

    A feature raises Forbidden or Invalid if the actor may not give it free of charge.
    """

    site_id: str
    plan_id: str
    member_id: str
    starts: Utc
    ends: Utc | None = None
    pass_kind: PassKind | None = None
    """The kind of pass; None for a subscription."""
    units: int = 0
    """Number of days or half-days of a pass."""
    changed_id: str | None = None
    """Id of the existing subscription or pass that is changed; None for a new one."""
    reason: str | None
    actor: Actor


@dataclass(frozen=True, slots=True)
class UseQuestion:
    """Asks whether a member has used the site since a subscription began.

    A feature that knows of such use raises `WasUsed`.
    """

    member_ref: str
    site_id: str
    since: Utc


class WasUsed(Exception):
    """Answer to `UseQuestion`: the member has used the site."""


@dataclass(frozen=True, slots=True)
class PlanTakenBack:
    """A subscription or pass is being deleted at its member's request; a feature that must prevent
    this raises WasSold."""

    id: str
    member_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantWithoutPlan:
    """An agent reports late that it admitted a member without a plan: no subscription or pass of
    that time is known that had been entered by then, or the pass had no day left."""

    site: str
    agent: str
    access_point: str
    member_ref: str
    is_gone: bool
    """Whether the reference is nobody's any more: the member was taken back, or erased."""
    day: date
    """The local day."""
    at: Utc


class WasSold(Conflict):
    """It was paid for: cancel its sale instead, which deletes the subscription or pass too."""

    def __init__(self, receipt: str) -> None:
        super().__init__(f"this was sold: cancel the sale of receipt {receipt}")
        self.receipt = receipt
