"""Shapes of groups, as the API and the pages see them."""

from typing import Annotated

import msgspec

from controller.domain.facts import Assurance, CredentialStatus
from controller.domain.time import Utc
from controller.kernel.shapes import BadgeNumber, Heads, Line, Shape, Slug


class GroupFields(Shape, frozen=True, kw_only=True):
    """What can be changed of a group, also while it is in: presence counts its heads anew."""

    name: Line
    supervisors: Line | None = None
    """Who came with the group and answers for it: the names of its teachers, say."""
    headcount: Heads
    ends_at: Utc
    organisation_id: str | None = None
    accompanied: tuple[Slug, ...] = ()
    """Certifications for what it may use under a supervisor's eyes; given by who may certify."""


class NewGroup(GroupFields, frozen=True, kw_only=True):
    value: BadgeNumber | None = None
    """The number of the badge that it is lent; it can be given one later."""
    site_id: Slug | None = None


class GroupBadge(Shape, frozen=True, kw_only=True):
    """The badge that a group is lent, instead of the one that it had."""

    value: BadgeNumber
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
