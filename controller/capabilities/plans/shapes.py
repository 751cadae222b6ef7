"""Shapes of plans, as the API and the pages see them."""

from typing import Annotated

import msgspec

from controller.capabilities.plans.models import PassKind
from controller.domain.time import Utc
from controller.kernel.shapes import Label, Note, Shape, Slug


class PassFields(Shape, frozen=True, kw_only=True):
    """The fields of a pass that can be changed.

    Without `valid_until`, it lasts until it is used up.
    """

    units: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    """Days or half-days."""
    valid_from: Utc
    valid_until: Utc | None = None

    def __post_init__(self) -> None:
        if self.valid_until and self.valid_until <= self.valid_from:
            raise ValueError("valid_until: must be after valid_from")


class PassChange(PassFields, frozen=True, kw_only=True):
    """A change to a pass. `reason`: why, if it was entered by somebody else or before today."""

    reason: Note | None = None


class MemberPassFields(PassFields, frozen=True, kw_only=True):
    """A pass with the member and the plan that it belongs to."""

    member_id: str
    plan_id: Slug
    kind: PassKind = PassKind.DAY


class NewPass(MemberPassFields, frozen=True, kw_only=True):
    """A new pass. `reason`: why it is given without a price in the tariff, or from before today."""

    reason: Note | None = None


class Pass(MemberPassFields, frozen=True, kw_only=True):
    id: str
    spent: int
    version: int


class PlanFields(Shape, frozen=True, kw_only=True):
    """The fields of a plan that can be changed.

    Without a schedule, it is valid at any time; without zones, in all of them.
    """

    name: Label
    schedule_id: Slug | None = None
    zones: tuple[Slug, ...] = ()
    outside_opening: bool = False
    """Whether it is also valid outside opening hours."""
    grace_days: Annotated[int, msgspec.Meta(ge=0, le=366)] = 0


class NewPlan(PlanFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug | None = None


class Plan(PlanFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug
    version: int


class SubscriptionFields(Shape, frozen=True, kw_only=True):
    """The fields of a subscription that can be changed. Without `valid_until`, it has no end."""

    plan_id: Slug
    valid_from: Utc
    valid_until: Utc | None = None

    def __post_init__(self) -> None:
        if self.valid_until and self.valid_until <= self.valid_from:
            raise ValueError("valid_until: must be after valid_from")


class SubscriptionChange(SubscriptionFields, frozen=True, kw_only=True):
    """A change to a subscription. `reason`: why its plan, start or end is corrected."""

    reason: Note | None = None


class NewSubscription(SubscriptionFields, frozen=True, kw_only=True):
    """A new subscription. `reason`: required if it has no price, or begins before today."""

    member_id: str
    reason: Note | None = None


class Subscription(SubscriptionFields, frozen=True, kw_only=True):
    id: str
    member_id: str
    version: int
