"""The safety register: what happened, what was added to it, and who has read it."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.types import Slug, Text, Uuid

LONG = 2000
"""Characters of an account of what happened."""


class SafetyKind(StrEnum):
    ACCIDENT = "accident"
    NEAR_MISS = "near_miss"
    DANGER = "danger"


class AdditionKind(StrEnum):
    FACT = "fact"
    CARE = "care"
    MEASURE = "measure"


class SafetyEntry(Versioned, Base):
    """An accident, a near miss or a dangerous situation; its words are never changed, but added to.

    After five years only that it happened is left.
    """

    __tablename__ = "safety_entry"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    year: Mapped[int]
    """Of the register, by the site's own calendar."""
    kind: Mapped[SafetyKind]
    happened_at: Mapped[Utc]
    access_point_id: Mapped[Slug | None] = mapped_column(ForeignKey("access_point.id"), index=True)
    zone_id: Mapped[Slug | None] = mapped_column(ForeignKey("zone.id"))
    place: Mapped[Text | None]
    """Where, as far as the machine and the zone don't say."""
    account: Mapped[str] = mapped_column(String(LONG))
    """What happened."""
    member_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    """Who was hurt, of the members."""
    hurt: Mapped[Text | None]
    """Who else was hurt, in words."""
    injury: Mapped[Text | None]
    done: Mapped[str | None] = mapped_column(String(LONG))
    """What was done at once."""
    measures: Mapped[str | None] = mapped_column(String(LONG))
    """What is done so that it does not happen again."""
    written_by: Mapped[str]
    written_at: Mapped[Utc]
    changed_at: Mapped[Utc]
    """When it was last added to or annulled; who read it before has it to read again."""
    annulled_by: Mapped[str | None]
    annulled_at: Mapped[Utc | None]
    annulled_because: Mapped[Text | None]

    __table_args__ = (Index("ix_safety_entry_site_id_year", "site_id", "year"),)


class SafetyAddition(Base):
    """What was learnt or done later, with its own date and author."""

    __tablename__ = "safety_addition"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    entry_id: Mapped[Uuid] = mapped_column(ForeignKey("safety_entry.id"), index=True)
    kind: Mapped[AdditionKind]
    text: Mapped[str] = mapped_column(String(LONG))
    by: Mapped[str]
    at: Mapped[Utc]


class SafetyReading(Base):
    """Somebody who answers for the place has read an entry as it then was."""

    __tablename__ = "safety_reading"

    entry_id: Mapped[Uuid] = mapped_column(ForeignKey("safety_entry.id"), primary_key=True)
    by: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[Utc] = mapped_column(primary_key=True)
