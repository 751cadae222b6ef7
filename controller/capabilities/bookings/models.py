"""Tables of bookings, the sites' booking terms, and wishes to be notified."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.data_kinds import About, ActorRef, MemberId, Plain
from controller.store.types import Slug, Uuid


class BookingRow(Versioned, Base):
    """A booking of a machine or a zone (exactly one is set) for a member.

    A zone is booked as a whole, or one of its desks.
    """

    __tablename__ = "booking"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), index=True)
    access_point_id: About[Slug | None] = mapped_column(ForeignKey("access_point.id"))
    zone_id: About[Slug | None] = mapped_column(ForeignKey("zone.id"))
    organisation_id: About[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    project_id: About[Uuid | None] = mapped_column(ForeignKey("project.id"))
    starts_at: About[Utc]
    ends_at: About[Utc]
    created_by: ActorRef[str]
    created_at: About[Utc]
    cancelled_at: About[Utc | None]
    closed_at: About[Utc | None] = mapped_column(index=True)
    """When it was cancelled, released or over; null: it is in the policy."""
    missed_at: About[Utc | None]
    """When it was released, or ended, because the member did not come."""

    __table_args__ = (
        CheckConstraint("(access_point_id IS NULL) <> (zone_id IS NULL)", name="one_thing"),
        CheckConstraint("starts_at < ends_at", name="ends_after_start"),
        Index("ix_booking_access_point_id_ends_at", "access_point_id", "ends_at"),
        Index("ix_booking_zone_id_ends_at", "zone_id", "ends_at"),
    )


class BookingTerms(Versioned, Base):
    """A site's limits for members who book for themselves; null: no limit."""

    __tablename__ = "booking_terms"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    longest_min: Plain[int | None]
    ahead_days: Plain[int | None]
    release_min: Plain[int | None]
    """Minutes after which an unused booked machine is released, for every booking."""


class WishRow(Base):
    """A member's wish to be notified when a machine, a place in a course session, or a session of a
    course is available."""

    __tablename__ = "wish"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), index=True)
    access_point_id: About[Slug | None] = mapped_column(ForeignKey("access_point.id"))
    session_id: About[Uuid | None] = mapped_column(ForeignKey("course_session.id"))
    course_id: About[Slug | None] = mapped_column(ForeignKey("course.id"), index=True)
    created_at: About[Utc]
    until: About[Utc]
    """When the wish is deleted."""
    came_true_at: About[Utc | None]
    """When it became available; null: the member is still waiting."""

    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN access_point_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN session_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN course_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_thing",
        ),
    )
