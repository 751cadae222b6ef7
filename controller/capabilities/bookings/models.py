"""Bookings of machines, and of zones: a room as a whole, or one of a zone's desks."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.types import Slug, Uuid


class BookingRow(Versioned, Base):
    """A machine or a zone booked for a member. Exactly one of the two is set."""

    __tablename__ = "booking"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), index=True)
    access_point_id: Mapped[Slug | None] = mapped_column(ForeignKey("access_point.id"))
    zone_id: Mapped[Slug | None] = mapped_column(ForeignKey("zone.id"))
    organisation_id: Mapped[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    project_id: Mapped[Uuid | None] = mapped_column(ForeignKey("project.id"))
    starts_at: Mapped[Utc]
    ends_at: Mapped[Utc]
    created_by: Mapped[str]
    created_at: Mapped[Utc]
    cancelled_at: Mapped[Utc | None]
    closed_at: Mapped[Utc | None] = mapped_column(index=True)
    """When it stopped to count: cancelled, released, or over; until then it is in the policy."""
    missed_at: Mapped[Utc | None]
    """When it was clear that nobody had come: it was released then, or was over."""

    __table_args__ = (
        CheckConstraint("(access_point_id IS NULL) <> (zone_id IS NULL)", name="one_thing"),
        CheckConstraint("starts_at < ends_at", name="ends_after_start"),
        Index("ix_booking_access_point_id_ends_at", "access_point_id", "ends_at"),
        Index("ix_booking_zone_id_ends_at", "zone_id", "ends_at"),
    )


class BookingTerms(Versioned, Base):
    """What a site asks of who books for themselves; null: nothing."""

    __tablename__ = "booking_terms"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    longest_min: Mapped[int | None]
    ahead_days: Mapped[int | None]
    release_min: Mapped[int | None]
    """After so many minutes without the badge a machine is free again, whoever booked it."""


class WishRow(Base):
    """A member wants to be told when a machine, or a place in a course session, is free, or when
    a course has a session again."""

    __tablename__ = "wish"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), index=True)
    access_point_id: Mapped[Slug | None] = mapped_column(ForeignKey("access_point.id"))
    session_id: Mapped[Uuid | None] = mapped_column(ForeignKey("course_session.id"))
    course_id: Mapped[Slug | None] = mapped_column(ForeignKey("course.id"), index=True)
    created_at: Mapped[Utc]
    until: Mapped[Utc]
    """Then it is gone, whether or not it came true."""
    came_true_at: Mapped[Utc | None]

    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN access_point_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN session_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN course_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_thing",
        ),
    )
