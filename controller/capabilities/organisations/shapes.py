"""Organisations, projects, groups and supervision windows as the API and the pages see them."""

from controller.domain.time import Utc
from controller.kernel.shapes import Label, Shape, Slug


class OrganisationFields(Shape, frozen=True, kw_only=True):
    """What can be changed of an organisation; nothing new is booked to one that is not active."""

    name: Label
    active: bool = True


class NewOrganisation(OrganisationFields, frozen=True, kw_only=True):
    site_id: Slug | None = None


class Organisation(OrganisationFields, frozen=True, kw_only=True):
    id: str
    site_id: Slug
    created_at: Utc
    version: int


class ProjectFields(Shape, frozen=True, kw_only=True):
    """What can be changed of a project. No start: since it was made; no end: it goes on."""

    name: Label
    organisation_id: str | None = None
    starts_at: Utc | None = None
    ends_at: Utc | None = None

    def __post_init__(self) -> None:
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError("ends_at: must be after starts_at")


class NewProject(ProjectFields, frozen=True, kw_only=True):
    site_id: Slug | None = None


class Project(ProjectFields, frozen=True, kw_only=True):
    id: str
    site_id: Slug
    created_at: Utc
    version: int
