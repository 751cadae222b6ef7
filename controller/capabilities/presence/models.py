"""Current presence, past counts, and evacuations. No table keeps a person's movements."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Slug, Text, Uuid


class PresenceRow(Base):
    """One person, group or visitor, and the zone where they are; no zone: they are out.

    The newest move wins, in whatever order moves become known. A row that says *out* stays until
    it is too old for an earlier move to arrive.
    """

    __tablename__ = "presence"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    zone_id: Mapped[Slug | None] = mapped_column(ForeignKey("zone.id"), index=True)
    member_ref: Mapped[Uuid | None] = mapped_column(unique=True)
    label: Mapped[Text | None]
    """Name of a visitor who is no member."""
    heads: Mapped[int]
    moved_at: Mapped[Utc]
    learnt_at: Mapped[Utc | None]
    """When that became known; null: as it happened."""
    until: Mapped[Utc | None] = mapped_column(index=True)
    """When they are signed out by themselves."""
    by_desk: Mapped[bool]
    """Whether the desk recorded it; presence from doors can be rebuilt from events."""


class EndedVisit(Base):
    """A visit that the place's rule has ended, for two days: its end can still be corrected."""

    __tablename__ = "ended_visit"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    zone_id: Mapped[Slug] = mapped_column(ForeignKey("zone.id"))
    member_ref: Mapped[Uuid] = mapped_column(index=True)
    heads: Mapped[int]
    began_at: Mapped[Utc]
    until: Mapped[Utc] = mapped_column(index=True)
    """When it ended by the rule, or it became known that it had ended; not later than this."""
    ended_at: Mapped[Utc]
    """When it ended, as corrected."""
    corrected_by: Mapped[str | None]


class Occupancy(Base):
    """How full a zone was in one quarter of an hour: a number, and nobody's name."""

    __tablename__ = "occupancy"

    zone_id: Mapped[Slug] = mapped_column(ForeignKey("zone.id"), primary_key=True)
    quarter: Mapped[Utc] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    peak: Mapped[int]
    entries: Mapped[int]
    """Heads that came in."""

    __table_args__ = (Index("ix_occupancy_site_id_quarter", "site_id", "quarter"),)


class EvacuationKind(StrEnum):
    FIRE = "fire"
    DESK = "desk"
    DRILL = "drill"


class EvacuationRow(Base):
    """An evacuation or a drill: a line of the safety register, which names nobody."""

    __tablename__ = "evacuation"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    kind: Mapped[EvacuationKind]
    started_at: Mapped[Utc]
    started_by: Mapped[str]
    ended_at: Mapped[Utc | None]
    heads: Mapped[int]
    seen: Mapped[int]
    remarks: Mapped[Text | None]
    everyone_back: Mapped[bool]
    """Whether, once it was over, all were in again who had been in."""


class RollLine(Base):
    """One line of an evacuation's roll; removed when the evacuation is over."""

    __tablename__ = "evacuation_roll"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    evacuation_id: Mapped[Uuid] = mapped_column(ForeignKey("evacuation.id"), index=True)
    member_ref: Mapped[Uuid | None]
    label: Mapped[Text | None]
    zone_id: Mapped[Slug]
    heads: Mapped[int]
    seen_heads: Mapped[int] = mapped_column(default=0)
    """How many of them are at the assembly point: of a group maybe not all yet."""
    seen_at: Mapped[Utc | None]
    seen_by: Mapped[str | None]
