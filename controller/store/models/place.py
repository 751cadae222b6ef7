"""Places: sites, their zones and schedules, agents and access points."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.facts import Language, PointKind, Risk
from controller.domain.time import Utc
from controller.store.models.base import Base, Versioned
from controller.store.types import Hash, Json, Slug, Strings, Text, Uuid


class SiteRow(Versioned, Base):
    """One place. `opening` names the schedule of its opening hours."""

    __tablename__ = "site"

    id: Mapped[Slug] = mapped_column(primary_key=True)
    name: Mapped[Json]
    time_zone: Mapped[Slug]
    language: Mapped[Language]
    opening: Mapped[Slug | None]
    created_at: Mapped[Utc]


class ScheduleRow(Versioned, Base):
    """Weekly windows and dates that differ; `data` is a `facts.Schedule` as JSON."""

    __tablename__ = "schedule"

    id: Mapped[Slug] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    name: Mapped[Json]
    data: Mapped[Json]


class ZoneRow(Versioned, Base):
    """A room or area that people are in or out of."""

    __tablename__ = "zone"

    id: Mapped[Slug] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    name: Mapped[Json]
    capacity: Mapped[int | None]
    window_max_min: Mapped[int] = mapped_column(default=240)
    desks: Mapped[int | None]
    """Desks that are booked one by one; null: the zone is booked as a whole."""


class AgentRow(Versioned, Base):
    """A process on a Pi: its enrolment, its key, its wiring, and what it last told of itself."""

    __tablename__ = "agent"

    id: Mapped[Slug] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    name: Mapped[Json]
    kid: Mapped[str | None] = mapped_column(index=True)
    public_key: Mapped[str | None]
    """Ed25519, base64url of 32 bytes; null until it is enrolled."""
    certificate_until: Mapped[Utc | None]
    enrolled_at: Mapped[Utc | None]
    revoked_at: Mapped[Utc | None]
    wiring: Mapped[Json | None]
    created_at: Mapped[Utc]


class AgentCertificate(Base):
    """A certificate that was issued to an agent; the revoked ones make the CRL."""

    __tablename__ = "agent_certificate"

    serial: Mapped[Hash] = mapped_column(primary_key=True)
    """In lower-case hex."""
    agent_id: Mapped[Slug] = mapped_column(ForeignKey("agent.id"), index=True)
    issued_at: Mapped[Utc]
    until: Mapped[Utc]
    revoked_at: Mapped[Utc | None]


class ClaimCode(Base):
    """The right to enrol as an agent, once, before a time; only its hash is kept."""

    __tablename__ = "claim_code"

    hash: Mapped[Hash] = mapped_column(primary_key=True)
    agent_id: Mapped[Slug] = mapped_column(ForeignKey("agent.id"), index=True)
    created_by: Mapped[str]
    created_at: Mapped[Utc]
    expires_at: Mapped[Utc]
    used_at: Mapped[Utc | None]


class AccessPointRow(Versioned, Base):
    """A machine, or one direction of a door; the three JSON columns are dataclasses of facts.py."""

    __tablename__ = "access_point"

    id: Mapped[Slug] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    agent_id: Mapped[Slug | None] = mapped_column(ForeignKey("agent.id"), index=True)
    kind: Mapped[PointKind]
    name: Mapped[Json]
    icon: Mapped[Slug]
    zone_id: Mapped[Slug | None] = mapped_column(ForeignKey("zone.id"))
    from_zone_id: Mapped[Slug | None] = mapped_column(ForeignKey("zone.id"))
    in_service: Mapped[bool]
    service_reason: Mapped[Text | None]
    commissioned: Mapped[bool]
    risk: Mapped[Risk]
    requirement: Mapped[Json]
    session: Mapped[Json]
    door: Mapped[Json]
    policy_max_age_s: Mapped[int | None]
    needs: Mapped[Strings]


class HubKey(Base):
    """The public key of a hub, which every site row lists so that agents trust its signatures."""

    __tablename__ = "hub_key"

    kid: Mapped[Uuid] = mapped_column(primary_key=True)
    name: Mapped[Slug]
    public_key: Mapped[str]
    created_at: Mapped[Utc]
    retired_at: Mapped[Utc | None]

    __table_args__ = (Index("ix_hub_key_name", "name"),)
