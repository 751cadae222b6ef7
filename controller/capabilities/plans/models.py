"""Tables of plans."""

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.data_kinds import About, ActorRef, MemberId, PlaceText, Plain
from controller.store.types import Json, Slug, Strings, Uuid


class PassKind(StrEnum):
    DAY = "day"
    HALF_DAY = "half_day"


class PassRow(Versioned, Base):
    """A pass: a number of days or half-days of a plan, valid until spent or until its end."""

    __tablename__ = "pass"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), index=True)
    plan_id: About[Slug] = mapped_column(ForeignKey("plan.id"))
    kind: About[PassKind]
    units: About[int]
    """Days or half-days, spent and unspent."""
    valid_from: About[Utc]
    valid_until: About[Utc | None] = mapped_column(index=True)
    entered_at: About[Utc | None]
    """When it was entered; `entered_by` is the actor's reference."""
    entered_by: ActorRef[str | None]


class PassUse(Base):
    """A spent day or half-day of a pass, in the site's time zone."""

    __tablename__ = "pass_use"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    pass_id: Plain[Uuid] = mapped_column(ForeignKey("pass.id"))
    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), index=True)
    day: About[date]
    half: About[int]
    """0: the whole day; 1: until 13:00; 2: from 13:00."""
    starts_at: About[Utc]
    ends_at: About[Utc]
    latest_at: About[Utc | None]
    """If a box without the time admitted the member on this day: the latest possible time of that
    grant. Null: the time of every grant is known."""

    __table_args__ = (
        Index("uq_pass_use_member_day_half", "pass_id", "day", "half", unique=True),
        Index(
            "ix_pass_use_latest_at",
            "latest_at",
            sqlite_where=text("latest_at IS NOT NULL"),
            postgresql_where=text("latest_at IS NOT NULL"),
        ),
    )


class PlanRow(Versioned, Base):
    """A plan: what a member may use, and when."""

    __tablename__ = "plan"

    id: Plain[Slug] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    name: PlaceText[Json]
    schedule_id: Plain[Slug | None] = mapped_column(ForeignKey("schedule.id"))
    zones: Plain[Strings]
    """Ids of the zones that it opens; empty: all."""
    outside_opening: Plain[bool]
    """Whether it is valid outside opening hours too."""
    grace_days: Plain[int]
    """Days for which it still opens after a subscription's end."""


class SubscriptionRow(Versioned, Base):
    """The period in which a member has a plan; without an end it is unlimited."""

    __tablename__ = "subscription"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), index=True)
    plan_id: About[Slug] = mapped_column(ForeignKey("plan.id"), index=True)
    valid_from: About[Utc] = mapped_column(index=True)
    valid_until: About[Utc | None] = mapped_column(index=True)
    entered_at: About[Utc | None]
    entered_by: ActorRef[str | None]
