"""Tables of organisations and projects."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.data_kinds import OrganisationText, PlaceText, Plain
from controller.store.types import Json, Slug, Uuid


class OrganisationRow(Versioned, Base):
    """An association, company, school or public body on whose behalf members work."""

    __tablename__ = "organisation"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    name: OrganisationText[Json]
    active: Plain[bool]
    """Whether new use can be billed to it."""
    created_at: Plain[Utc]


class ProjectRow(Versioned, Base):
    """A project of an organisation, or of none, with its duration."""

    __tablename__ = "project"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    organisation_id: Plain[Uuid | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: PlaceText[Json]
    starts_at: Plain[Utc]
    ends_at: Plain[Utc | None]
    created_at: Plain[Utc]
