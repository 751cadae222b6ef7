"""Organisations, projects, groups and supervision windows as the API and the pages see them."""

from typing import Annotated

import msgspec

from controller.domain.facts import Assurance, CredentialStatus
from controller.domain.time import Utc
from controller.services.shapes.presence import Heads
from controller.services.shapes.scalars import Label, Line, Shape, Slug


class OnBehalf(Shape, frozen=True, kw_only=True):
    """To what use is booked. A project's organisation need not be said; none: nobody's."""

    organisation_id: str | None = None
    project_id: str | None = None


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


class GroupFields(Shape, frozen=True, kw_only=True):
    """What can be changed of a group, also while it is in: presence counts its heads anew."""

    name: Line
    headcount: Heads
    ends_at: Utc
    organisation_id: str | None = None
    accompanied: tuple[Slug, ...] = ()
    """Certifications for what it may use under a supervisor's eyes; given by who may certify."""


class NewGroup(GroupFields, frozen=True, kw_only=True):
    value: str | None = None
    """The number of the badge that it is lent; it can be given one later."""
    site_id: Slug | None = None


class GroupBadge(Shape, frozen=True, kw_only=True):
    """The badge that a group is lent, instead of the one that it had."""

    value: str
    assurance: Assurance = Assurance.UID


class LentBadge(Shape, frozen=True, kw_only=True):
    """A group's badge, its number masked but for the last four characters."""

    value: str
    status: CredentialStatus
    assurance: Assurance


class Group(GroupFields, frozen=True, kw_only=True):
    """A group; it works only in a supervision window, and is over with its end or its badge."""

    id: str
    site_id: Slug
    badge: LentBadge | None
    ended_at: Utc | None
    created_at: Utc
    version: int


class NewWindow(Shape, frozen=True, kw_only=True):
    """A supervisor answers for others in a zone, from now until she or somebody else ends it."""

    zone_id: Slug
    member_id: str | None = None
    """The supervisor; null: oneself."""
    minutes: Annotated[int, msgspec.Meta(ge=1, le=24 * 60)] | None = None
    """At most the zone's `window_max_min`, which null stands for."""


class Window(Shape, frozen=True, kw_only=True):
    """A supervision window. `member_id` and `name` are null once the person is erased."""

    id: str
    site_id: Slug
    zone_id: Slug
    member_id: str | None
    name: str | None
    opened_at: Utc
    until: Utc
    closed_at: Utc | None
