"""What is kept so that people need not be: reasons apart from the audit, counts without names."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.models.base import Base
from controller.store.types import Slug, Text, Uuid, Word


class AuditNote(Base):
    """The words that somebody wrote for an entry of the audit, which holds only their hash.

    Words may name a person, so that they must be removable while the chain still holds.
    """

    __tablename__ = "audit_note"

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    """Number of the entry."""
    salt: Mapped[Word]
    """Random, hashed with the text: once both are gone the hash tells nothing."""
    text: Mapped[Text]
    at: Mapped[Utc] = mapped_column(index=True)


class IncidentRow(Base):
    """A search for who passed one door within 24 hours: asked by one manager, confirmed by another.

    What it finds is nowhere stored.
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

    __table_args__ = (
        CheckConstraint("since < until", name="ends_after_start"),
        CheckConstraint("confirmed_by <> asked_by", name="two_people"),
    )


class CourseSessionPast(Base):
    """How many people took part in a course session of whom nothing is kept any more."""

    __tablename__ = "course_session_past"

    session_id: Mapped[Uuid] = mapped_column(ForeignKey("course_session.id"), primary_key=True)
    enrolled: Mapped[int]
    attended: Mapped[int]
    passed: Mapped[int]
    certified: Mapped[int]
