"""Tables of the safety register: entries, additions to them, and who has read them."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.data_kinds import ActorRef, FreeText, MemberId, Plain
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

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    year: Plain[int]
    """The year of the register, in the site's time zone."""
    kind: Plain[SafetyKind]
    happened_at: Plain[Utc]
    access_point_id: Plain[Slug | None] = mapped_column(ForeignKey("access_point.id"), index=True)
    zone_id: Plain[Slug | None] = mapped_column(ForeignKey("zone.id"))
    place: FreeText[Text | None]
    """Where it happened, unless machine and zone are enough."""
    account: FreeText[str] = mapped_column(String(LONG_TEXT_LENGTH))
    """What happened."""
    member_id: MemberId[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    """The member who was hurt."""
    hurt: FreeText[Text | None]
    """Another person who was hurt, in words."""
    injury: FreeText[Text | None]
    done: FreeText[str | None] = mapped_column(String(LONG_TEXT_LENGTH))
    """What was done immediately."""
    measures: FreeText[str | None] = mapped_column(String(LONG_TEXT_LENGTH))
    """What is done to prevent it from happening again."""
    written_by: ActorRef[str]
    written_at: Plain[Utc]
    changed_at: Plain[Utc]
    """When it was last added to or annulled; earlier readers have to read it again."""
    annulled_by: ActorRef[str | None]
    annulled_at: Plain[Utc | None]
    annulled_because: FreeText[Text | None]

    __table_args__ = (Index("ix_safety_entry_site_id_year", "site_id", "year"),)


class SafetyAddition(Base):
    """A fact, care or measure that was added to an entry later, with its own date and author."""

    __tablename__ = "safety_addition"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    entry_id: Plain[Uuid] = mapped_column(ForeignKey("safety_entry.id"), index=True)
    kind: Plain[AdditionKind]
    text: FreeText[str] = mapped_column(String(LONG_TEXT_LENGTH))
    by: ActorRef[str]
    at: Plain[Utc]


class SafetyReading(Base):
    """Somebody who is responsible for the place has read an entry in its state at that time."""

    __tablename__ = "safety_reading"

    entry_id: Plain[Uuid] = mapped_column(ForeignKey("safety_entry.id"), primary_key=True)
    by: ActorRef[str] = mapped_column(String(64), primary_key=True)
    at: Plain[Utc] = mapped_column(primary_key=True)
