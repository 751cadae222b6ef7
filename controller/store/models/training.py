"""Certifications, who holds them, and the history of that, which nobody can edit."""

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.facts import CertificationKind, HeldStatus, Level
from controller.domain.time import Utc
from controller.store.models.base import Base, Versioned
from controller.store.types import Json, Slug, Text, Uuid


class ValidityKind(StrEnum):
    """When a certification ends: never, after days, on a date, or unused for days."""

    NEVER = "never"
    DURATION = "duration"
    DATE = "date"
    DISUSE = "disuse"


class HeldAction(StrEnum):
    """A step in the life of a held certification."""

    GRANTED = "granted"
    FOUNDING = "founding"
    SUSPENDED = "suspended"
    RESTORED = "restored"


class Scope(StrEnum):
    """Where something that a site owns counts: there only, or at every site of the network."""

    SITE = "site"
    NETWORK = "network"


class CertificationRow(Versioned, Base):
    """A certification or document that members can hold, and when it ends."""

    __tablename__ = "certification"

    id: Mapped[Slug] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    scope: Mapped[Scope]
    name: Mapped[Json]
    kind: Mapped[CertificationKind]
    validity_kind: Mapped[ValidityKind]
    validity_days: Mapped[int | None]
    validity_date: Mapped[date | None]


class HeldRow(Versioned, Base):
    """That a member holds a certification, as it stands now."""

    __tablename__ = "held"

    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True)
    certification_id: Mapped[Slug] = mapped_column(
        ForeignKey("certification.id"), primary_key=True, index=True
    )
    level: Mapped[Level]
    status: Mapped[HeldStatus]
    valid_from: Mapped[Utc]
    valid_until: Mapped[Utc | None]
    granted_by: Mapped[str]
    granted_at: Mapped[Utc]


class HeldHistory(Base):
    """One step: who did what, when and why. Triggers refuse UPDATE and DELETE."""

    __tablename__ = "held_history"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    member_id: Mapped[Uuid]
    certification_id: Mapped[Slug]
    at: Mapped[Utc]
    by: Mapped[str]
    action: Mapped[HeldAction]
    level: Mapped[Level]
    valid_until: Mapped[Utc | None]
    reason: Mapped[Text | None]

    __table_args__ = (
        Index("ix_held_history_member_id_certification_id", "member_id", "certification_id"),
    )
