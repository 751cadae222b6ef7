"""The rates of a tariff: one for each thing that has a price."""

from typing import Annotated

import msgspec

from controller.capabilities.billing.kinds import By, Counts, Unit
from controller.capabilities.plans.models import PassKind
from controller.kernel.shapes import Label, Shape, Slug

Price = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
"""Whole cents, VAT included."""
Step = Annotated[int, msgspec.Meta(ge=1, le=240)]
Minutes = Annotated[int, msgspec.Meta(ge=0, le=50_000)]
Number = Annotated[int, msgspec.Meta(ge=1, le=100_000)]


class MachineRate(Shape, frozen=True, kw_only=True, tag_field="kind", tag="machine"):
    """The rate of a machine, for each started step of time.

    It is for members with the plan, or without a plan for everybody else.
    """

    access_point: Slug
    plan_id: Slug | None = None
    counts: Counts = Counts.RUNNING
    step_min: Step = 15
    """Length of a step, in minutes."""
    price_cents: Price
    session_cents: Price = 0
    """A fixed price for each session, in addition to its time."""
    minimum_cents: Price = 0
    day_cap_cents: Price | None = None
    """The most that one person pays for the machine in a day; None: no limit."""
    included_min: Minutes = 0
    """Free minutes in each month."""


class ZoneRate(Shape, frozen=True, kw_only=True, tag_field="kind", tag="zone"):
    """The rate of a booked zone, for each started hour or half-day (four hours)."""

    zone_id: Slug
    plan_id: Slug | None = None
    by: By = By.HOUR
    price_cents: Price


class PassRate(Shape, frozen=True, kw_only=True, tag_field="kind", tag="pass"):
    """The rate of a pass of a number of days or half-days."""

    plan_id: Slug
    pass_kind: PassKind = PassKind.DAY
    units: Number
    price_cents: Price


class SubscriptionRate(Shape, frozen=True, kw_only=True, tag_field="kind", tag="subscription"):
    """The rate of a plan, for each period of it."""

    plan_id: Slug
    price_cents: Price


class ArticleRate(Shape, frozen=True, kw_only=True, tag_field="kind", tag="article"):
    """The rate of a material or a course: `price_cents` for each `per` of its unit."""

    id: Slug
    name: Label
    unit: Unit = Unit.PIECE
    per: Number = 1
    price_cents: Price
    access_point: Slug | None = None
    """The printer whose prints are charged automatically at this rate, by gram."""


Rate = MachineRate | ZoneRate | PassRate | SubscriptionRate | ArticleRate
