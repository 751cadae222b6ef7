"""Tables of the safety register: entries, additions to them, and who has read them."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.types import Slug, Text, Uuid

LONG_TEXT_LENGTH = 2000
"""Maximum number of characters of a long text."""


class SafetyKind(StrEnum):
    ACCIDENT = "accident"
    NEAR_MISS = "near_miss"
    DANGER = "danger"


class AdditionKind(StrEnum):
    """The subject of an addition: another fact, medical care, or a measure that was taken."""

    FACT = "fact"
    CARE = "care"
    MEASURE = "measure"


class SafetyEntry(Versioned, Base):
    """An accident, a near miss or a danger; its texts are never changed, but can be added to.

    After five years, only when and where it happened is stored.
    """

    __tablename__ = "safety_entry"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    year: Mapped[int]
    """The year of the register, in the site's time zone."""
    kind: Mapped[SafetyKind]
    happened_at: Mapped[Utc]
    access_point_id: Mapped[Slug | None] = mapped_column(ForeignKey("access_point.id"), index=True)
    zone_id: Mapped[Slug | None] = mapped_column(ForeignKey("zone.id"))
    place: Mapped[Text | None]
    """Where it happened, unless machine and zone are enough."""
    account: Mapped[str] = mapped_column(String(LONG_TEXT_LENGTH))
    """What happened."""
    member_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    """The member who was hurt."""
    hurt: Mapped[Text | None]
    """Another person who was hurt, in words."""
    injury: Mapped[Text | None]
    done: Mapped[str | None] = mapped_column(String(LONG_TEXT_LENGTH))
    """What was done immediately."""
    measures: Mapped[str | None] = mapped_column(String(LONG_TEXT_LENGTH))
    """What is done to prevent it from happening again."""
    written_by: Mapped[str]
    written_at: Mapped[Utc]
    changed_at: Mapped[Utc]
    """When it was last added to or annulled; earlier readers have to read it again."""
    annulled_by: Mapped[str | None]
    annulled_at: Mapped[Utc | None]
    annulled_because: Mapped[Text | None]

    __table_args__ = (Index("ix_safety_entry_site_id_year", "site_id", "year"),)


class SafetyAddition(Base):
    """A fact, care or measure that was added to an entry later, with its own date and author."""

    __tablename__ = "safety_addition"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    entry_id: Mapped[Uuid] = mapped_column(ForeignKey("safety_entry.id"), index=True)
    kind: Mapped[AdditionKind]
    text: Mapped[str] = mapped_column(String(LONG_TEXT_LENGTH))
    by: Mapped[str]
    at: Mapped[Utc]


class SafetyReading(Base):
    """Somebody who is responsible for the place has read an entry in its state at that time."""

    __tablename__ = "safety_reading"

    entry_id: Mapped[Uuid] = mapped_column(ForeignKey("safety_entry.id"), primary_key=True)
    by: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[Utc] = mapped_column(primary_key=True)
