"""Organisations and projects as the API and the pages see them."""

from controller.domain.time import Utc
from controller.kernel.shapes import Label, Shape, Slug


class OrganisationFields(Shape, frozen=True, kw_only=True):
    """The fields of an organisation that can be changed. Nothing is billed to an inactive one."""

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
    """The fields of a project that can be changed.

    Without `starts_at` it starts when it was created; without `ends_at` it has no end.
    """

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
