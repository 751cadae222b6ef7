"""Tables of privacy: incident searches, and members who are due for erasure."""

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.data_kinds import About, ActorRef, FreeText, MemberId, Plain
from controller.store.types import Slug, Text, Uuid


class IncidentRow(Base):
    """A search for the people who passed a door or used a machine within 24 hours.

    One manager requests it and another confirms it. Its results are not stored.
    """

    __tablename__ = "incident"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    access_point_id: Plain[Slug] = mapped_column(ForeignKey("access_point.id"))
    since: Plain[Utc]
    until: Plain[Utc]
    reason: FreeText[Text | None]
    """Null once its retention is over."""
    asked_by: ActorRef[str]
    asked_at: Plain[Utc]
    confirmed_by: ActorRef[str | None]
    confirmed_at: Plain[Utc | None]
    expires_at: Plain[Utc]
    """After this time, it can't be confirmed or read."""
    refused_by: ActorRef[str | None]
    """The second person, if they rejected the search."""
    refused_at: Plain[Utc | None]

    __table_args__ = (
        CheckConstraint("since < until", name="ends_after_start"),
        CheckConstraint("confirmed_by <> asked_by", name="two_people"),
    )


class MemberDue(Base):
    """A member whose retention period is over, or who was exempted from erasure when it was."""

    __tablename__ = "member_due"

    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    due_since: About[Utc | None]
    """Since when the erasure has been due; null: it is not due."""
    brought_back_at: About[Utc | None]
    """When the member was exempted, and the retention period began again."""
    brought_back_by: ActorRef[str | None]
