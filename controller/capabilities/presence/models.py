"""Tables of current presence, past counts, and evacuations; none stores a person's movements."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.data_kinds import About, ActorRef, FreeText, Identity, MemberRef, Plain
from controller.store.types import Slug, Text, Uuid


class PresenceRow(Base):
    """A person, group or visitor, and the zone where they are; without a zone they are out.

    The newest move counts, whatever the order of reports. A row without a zone stays until no
    earlier move can arrive.
    """

    __tablename__ = "presence"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    zone_id: About[Slug | None] = mapped_column(ForeignKey("zone.id"), index=True)
    member_ref: MemberRef[Uuid | None] = mapped_column(unique=True)
    label: Identity[Text | None]
    """Name of a visitor who is not a member."""
    heads: Plain[int]
    moved_at: About[Utc]
    earlier_at: About[Utc | None]
    """When they moved before that; an entry that is undone leaves that they moved then."""
    learnt_at: About[Utc | None]
    """When the move was reported, if late; null: immediately."""
    until: About[Utc | None] = mapped_column(index=True)
    """When they are signed out automatically."""
    by_desk: Plain[bool]
    """Whether the desk recorded it; presence from doors can be rebuilt from events."""


class EndedVisit(Base):
    """A visit that was ended by the site's rule, stored for two days so that its end can be
    corrected."""

    __tablename__ = "ended_visit"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    zone_id: About[Slug] = mapped_column(ForeignKey("zone.id"))
    member_ref: MemberRef[Uuid] = mapped_column(index=True)
    heads: Plain[int]
    began_at: About[Utc]
    until: About[Utc] = mapped_column(index=True)
    """When the rule ended it, or when the departure was entered; the real end is not later."""
    ended_at: About[Utc]
    """When it ended, as corrected so far."""
    corrected_by: ActorRef[str | None]


class Occupancy(Base):
    """How many people were in a zone in a quarter of an hour, without names."""

    __tablename__ = "occupancy"

    zone_id: Plain[Slug] = mapped_column(ForeignKey("zone.id"), primary_key=True)
    quarter: Plain[Utc] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    peak: Plain[int]
    """The largest number of people who were in at once."""
    entries: Plain[int]
    """Number of people who came in."""

    __table_args__ = (Index("ix_occupancy_site_id_quarter", "site_id", "quarter"),)


class EvacuationKind(StrEnum):
    FIRE = "fire"
    DESK = "desk"
    DRILL = "drill"


class EvacuationRow(Base):
    """An evacuation or a drill: a line of the safety register, without names."""

    __tablename__ = "evacuation"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    kind: Plain[EvacuationKind]
    started_at: Plain[Utc]
    started_by: ActorRef[str]
    ended_at: Plain[Utc | None]
    heads: Plain[int]
    """Number of people who were in when it began, with those who were added to its roll."""
    seen: Plain[int]
    """Number of people ticked at the assembly point."""
    remarks: FreeText[Text | None]
    everyone_back: Plain[bool]
    """Whether everybody who was present before it was present again after it ended."""
    by_mistake: Plain[bool] = mapped_column(default=False)
    """Whether it was started by mistake, as the person who ended it noted; the line stays."""


class RollLine(Base):
    """A line of an evacuation's roll; deleted when the evacuation ends."""

    __tablename__ = "evacuation_roll"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    evacuation_id: Plain[Uuid] = mapped_column(ForeignKey("evacuation.id"), index=True)
    member_ref: MemberRef[Uuid | None]
    label: Identity[Text | None]
    zone_id: About[Slug | None]
    """Null: noted as present in a course session, whose room nobody recorded."""
    heads: Plain[int]
    seen_heads: Plain[int] = mapped_column(default=0)
    """How many of them are at the assembly point."""
    seen_at: About[Utc | None]
    seen_by: ActorRef[str | None]
    by_hand: Plain[bool] = mapped_column(default=False)
    """Whether somebody added it to the roll; otherwise they were noted as in when it began."""
