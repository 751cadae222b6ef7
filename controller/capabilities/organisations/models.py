"""Tables of organisations and projects."""

from sqlalchemy import ForeignKey
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
    """Whether new use can be billed to it."""
    created_at: Mapped[Utc]


class ProjectRow(Versioned, Base):
    """A project of an organisation, or of none, with its duration."""

    __tablename__ = "project"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    organisation_id: Mapped[Uuid | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[Json]
    starts_at: Mapped[Utc]
    ends_at: Mapped[Utc | None]
    created_at: Mapped[Utc]
