"""On whose behalf people come: organisations, projects, and groups with one badge for all."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.types import Json, Slug, Uuid


class OrganisationRow(Versioned, Base):
    """An association, company, school or public body on whose behalf members work."""

    __tablename__ = "organisation"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    name: Mapped[Json]
    active: Mapped[bool]
    """Whether something new can be booked to it."""
    created_at: Mapped[Utc]


class ProjectRow(Versioned, Base):
    """A project of an organisation, or of nobody in particular, and its time."""

    __tablename__ = "project"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    organisation_id: Mapped[Uuid | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[Json]
    starts_at: Mapped[Utc]
    ends_at: Mapped[Utc | None]
    created_at: Mapped[Utc]


class OrganisationMember(Base):
    """A member of an organisation; the row goes when that ends."""

    __tablename__ = "organisation_member"

    organisation_id: Mapped[Uuid] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)


class ProjectMember(Base):
    """A member of a project; the row goes when that ends."""

    __tablename__ = "project_member"

    project_id: Mapped[Uuid] = mapped_column(ForeignKey("project.id"), primary_key=True)
    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)


class WorksFor(Base):
    """On whose behalf a member has worked since a time; the newest holds, none named: for oneself.

    Kept for a while, so that a machine session that becomes known late is booked as it was then.
    """

    __tablename__ = "works_for"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"))
    since: Mapped[Utc]
    organisation_id: Mapped[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    project_id: Mapped[Uuid | None] = mapped_column(ForeignKey("project.id"))

    __table_args__ = (Index("ix_works_for_member_id_since", "member_id", "since"),)
