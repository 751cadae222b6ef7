"""Tables of current presence, past counts, and evacuations; none stores a person's movements."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Slug, Text, Uuid


class PresenceRow(Base):
    """A person, group or visitor, and the zone where they are; without a zone they are out.

    The newest move counts, whatever the order of reports. A row without a zone stays until no
    earlier move can arrive.
    """

    __tablename__ = "presence"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    zone_id: Mapped[Slug | None] = mapped_column(ForeignKey("zone.id"), index=True)
    member_ref: Mapped[Uuid | None] = mapped_column(unique=True)
    label: Mapped[Text | None]
    """Name of a visitor who is not a member."""
    heads: Mapped[int]
    moved_at: Mapped[Utc]
    earlier_at: Mapped[Utc | None]
    """When they moved before that; an entry that is undone leaves that they moved then."""
    learnt_at: Mapped[Utc | None]
    """When the move was reported, if late; null: immediately."""
    until: Mapped[Utc | None] = mapped_column(index=True)
    """When they are signed out automatically."""
    by_desk: Mapped[bool]
    """Whether the desk recorded it; presence from doors can be rebuilt from events."""


class EndedVisit(Base):
    """A visit that was ended by the site's rule, stored for two days so that its end can be
    corrected."""

    __tablename__ = "ended_visit"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    zone_id: Mapped[Slug] = mapped_column(ForeignKey("zone.id"))
    member_ref: Mapped[Uuid] = mapped_column(index=True)
    heads: Mapped[int]
    began_at: Mapped[Utc]
    until: Mapped[Utc] = mapped_column(index=True)
    """When the rule ended it, or when the departure was entered; the real end is not later."""
    ended_at: Mapped[Utc]
    """When it ended, as corrected so far."""
    corrected_by: Mapped[str | None]


class Occupancy(Base):
    """How many people were in a zone in a quarter of an hour, without names."""

    __tablename__ = "occupancy"

    zone_id: Mapped[Slug] = mapped_column(ForeignKey("zone.id"), primary_key=True)
    quarter: Mapped[Utc] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    peak: Mapped[int]
    """The largest number of people who were in at once."""
    entries: Mapped[int]
    """Number of people who came in."""

    __table_args__ = (Index("ix_occupancy_site_id_quarter", "site_id", "quarter"),)


class EvacuationKind(StrEnum):
    FIRE = "fire"
    DESK = "desk"
    DRILL = "drill"


class EvacuationRow(Base):
    """An evacuation or a drill: a line of the safety register, without names."""

    __tablename__ = "evacuation"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    kind: Mapped[EvacuationKind]
    started_at: Mapped[Utc]
    started_by: Mapped[str]
    ended_at: Mapped[Utc | None]
    heads: Mapped[int]
    """Number of people who were in when it began, with those who were added to its roll."""
    seen: Mapped[int]
    """Number of people ticked at the assembly point."""
    remarks: Mapped[Text | None]
    everyone_back: Mapped[bool]
    """Whether everybody who was present before it was present again after it ended."""
    by_mistake: Mapped[bool] = mapped_column(default=False)
    """Whether it was started by mistake, as the person who ended it noted; the line stays."""


class RollLine(Base):
    """A line of an evacuation's roll; deleted when the evacuation ends."""

    __tablename__ = "evacuation_roll"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    evacuation_id: Mapped[Uuid] = mapped_column(ForeignKey("evacuation.id"), index=True)
    member_ref: Mapped[Uuid | None]
    label: Mapped[Text | None]
    zone_id: Mapped[Slug | None]
    """Null: noted as present in a course session, whose room nobody recorded."""
    heads: Mapped[int]
    seen_heads: Mapped[int] = mapped_column(default=0)
    """How many of them are at the assembly point."""
    seen_at: Mapped[Utc | None]
    seen_by: Mapped[str | None]
    by_hand: Mapped[bool] = mapped_column(default=False)
    """Whether somebody added it to the roll; otherwise they were noted as in when it began."""
