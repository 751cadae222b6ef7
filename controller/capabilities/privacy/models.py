"""Tables of privacy: searches after an incident, and records that will be erased by age."""

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Slug, Text, Uuid


class IncidentRow(Base):
    """A search for who passed one door, or used one machine, within 24 hours.

    One manager asks and another confirms. What it finds is nowhere stored.
    """

    __tablename__ = "incident"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    access_point_id: Mapped[Slug] = mapped_column(ForeignKey("access_point.id"))
    since: Mapped[Utc]
    until: Mapped[Utc]
    reason: Mapped[Text | None]
    """Null once it is no longer kept."""
    asked_by: Mapped[str]
    asked_at: Mapped[Utc]
    confirmed_by: Mapped[str | None]
    confirmed_at: Mapped[Utc | None]
    expires_at: Mapped[Utc]
    """After this it can be neither confirmed nor read."""
    refused_by: Mapped[str | None]
    """The second person, who found that it is not needed."""
    refused_at: Mapped[Utc | None]

    __table_args__ = (
        CheckConstraint("since < until", name="ends_after_start"),
        CheckConstraint("confirmed_by <> asked_by", name="two_people"),
    )


class MemberDue(Base):
    """A member's record that waits for its erasure by age, or was brought back from there."""

    __tablename__ = "member_due"

    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    due_since: Mapped[Utc | None]
    """Since when it waits; null: it does not."""
    brought_back_at: Mapped[Utc | None]
    """The period begins anew with this day, as with a subscription that ended then."""
    brought_back_by: Mapped[str | None]
