"""Groups and supervision windows in the form that the API and the pages use."""

from typing import Annotated

import msgspec

from controller.domain.facts import Assurance, CredentialStatus
from controller.domain.time import Utc
from controller.kernel.shapes import BadgeNumber, Heads, Line, Shape, Slug


class GroupFields(Shape, frozen=True, kw_only=True):
    """The fields of a group that can be changed, even while it is in."""

    name: Line
    supervisors: Line | None = None
    """Names of the people responsible for the group, such as its teachers."""
    headcount: Heads
    """With the supervisors, unless these come in with badges of their own."""
    ends_at: Utc
    organisation_id: str | None = None
    accompanied: tuple[Slug, ...] = ()
    """Certifications for use with a supervisor present; needs the right to certify."""


class NewGroup(GroupFields, frozen=True, kw_only=True):
    """A group to add."""

    value: BadgeNumber | None = None
    """The number of the badge to lend; null: a badge can be lent later."""
    site_id: Slug | None = None


class GroupBadge(Shape, frozen=True, kw_only=True):
    """The badge to lend to a group, instead of its previous one."""

    value: BadgeNumber
    assurance: Assurance = Assurance.UID


class LentBadge(Shape, frozen=True, kw_only=True):
    """A group's badge, its number masked but for the last four characters."""

    value: str
    status: CredentialStatus
    assurance: Assurance


class Group(GroupFields, frozen=True, kw_only=True):
    """A group; its badge works only in a supervision window, until `ends_at` or its return."""

    id: str
    site_id: Slug
    badge: LentBadge | None
    ended_at: Utc | None
    created_at: Utc
    version: int


class NewWindow(Shape, frozen=True, kw_only=True):
    """A supervision window to open, from now until its end or until somebody closes it."""

    zone_id: Slug
    member_id: str | None = None
    """The supervisor; null: oneself."""
    minutes: Annotated[int, msgspec.Meta(ge=1, le=24 * 60)] | None = None
    """Its length; at most the zone's `window_max_min`, which is also the default."""


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
