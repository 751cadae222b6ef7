"""Shapes of members, as the API and the pages see them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, get_type_hints

import msgspec

from controller.domain.facts import Aid, Language, MemberStatus
from controller.domain.time import Utc
from controller.kernel.shapes import LINE, Email, Line, Note, Shape, Slug


class OnBehalf(Shape, frozen=True, kw_only=True):
    """The organisation and project to which use is billed; empty: to the member.

    A project's own organisation may be left out.
    """

    organisation_id: str | None = None
    project_id: str | None = None


Phone = Annotated[str, msgspec.Meta(pattern=r"^\+?[0-9][0-9 ().-]{3,29}$(?!\n)")]


def private(*headings: str) -> msgspec.Meta:
    """Mark an optional text as private: only the member and people who may change members see it.

    `headings`: usual headings of such a column in spreadsheets, without accents, capitals and short
    words such as *de*.
    """
    return msgspec.Meta(extra={"headings": headings})


class Category(StrEnum):
    """The categories of members that every place has; a place may add its own."""

    INHABITANT = "inhabitant"
    ASSOCIATION = "association"
    PUBLIC_SERVANT = "public_servant"
    ENTREPRENEUR = "entrepreneur"
    STUDENT = "student"
    MINOR = "minor"
    GUEST = "guest"


CategoryName = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=40,
        pattern=LINE,
        description=f"one of {', '.join(Category)}, or a word of the place's own",
    ),
]


class Guardian(Shape, frozen=True, kw_only=True):
    """The person to call for a minor. Only the desk and the member may read it, never an agent."""

    name: Line
    phone: Phone
    email: Email | None = None


class Suspension(Shape, frozen=True, kw_only=True):
    """A member's suspension. `reason` is null for those who may not read it."""

    at: Utc
    by_name: str | None
    reason: str | None
    may_end: bool
    """Whether the actor may end it."""


class MemberFields(Shape, frozen=True, kw_only=True):
    """The fields of a member that can be changed."""

    display_name: Line
    email: Email | None = None
    phone: Annotated[
        Phone | None, private("telephone", "numero telephone", "tel", "mobile", "portable", "phone")
    ] = None
    emergency_contact: Annotated[
        Line | None, private("contact urgence", "urgence", "emergency contact")
    ] = None
    """Whom to call if the member is hurt: a name and a number."""
    language: Language = Language.FR
    categories: tuple[CategoryName, ...] = ()
    aids: tuple[Aid, ...] = ()
    status: MemberStatus = MemberStatus.ACTIVE
    maintains: tuple[Slug, ...] = ()
    """Access points for which this person is a maintainer."""
    supervises: tuple[Slug, ...] = ()
    """Zones in which this person may be responsible for others."""
    needs_help: bool = False
    """Needs help in an evacuation, by the member's consent; is listed first on the roll."""
    guardian: Guardian | None = None
    """The person to call for a minor; null for those who may not change members."""
    organisations: tuple[str, ...] = ()
    """The organisations to which this person belongs."""
    projects: tuple[str, ...] = ()
    also_at: tuple[Slug, ...] = ()
    """Sites besides the home site that may see this person, and let them in by their own rules."""


PRIVATE_TEXTS: Mapping[str, tuple[str, ...]] = {
    name: hint.__metadata__[0].extra["headings"]
    for name, hint in get_type_hints(MemberFields, include_extras=True).items()
    if hasattr(hint, "__metadata__") and hint.__metadata__[0].extra
}
"""The headings of the fields marked `private`, by field. The form, the member's page, import,
export and merge are derived from it."""


class MemberChange(MemberFields, frozen=True, kw_only=True):
    """`reason`: why the member is suspended (which the member can read, but not the desk), or why a
    member with a current subscription or pass leaves."""

    reason: Note | None = None


class NewMember(MemberFields, frozen=True, kw_only=True):
    site_id: Slug | None = None
    """May be left out if there is only one site."""


class Member(MemberFields, frozen=True, kw_only=True):
    id: str
    site_id: Slug
    works_for: OnBehalf = OnBehalf()
    """For whom the member works now; set by `PUT members/{id}/works-for`."""
    guardian_missing: bool = False
    """The member is a minor without a stored guardian."""
    created_at: Utc
    version: int
