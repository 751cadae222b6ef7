"""Shapes of members, as the API and the pages see them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, get_type_hints

import msgspec

from controller.domain.facts import Aid, Language, MemberStatus
from controller.domain.time import Utc
from controller.kernel.shapes import LINE, Email, Line, Note, Shape, Slug


class OnBehalf(Shape, frozen=True, kw_only=True):
    """To what use is booked. A project's organisation need not be said; none: nobody's."""

    organisation_id: str | None = None
    project_id: str | None = None


Phone = Annotated[str, msgspec.Meta(pattern=r"^\+?[0-9][0-9 ().-]{3,29}$(?!\n)")]


def private(*headings: str) -> msgspec.Meta:
    """Of an optional text: null for everybody but the member and who may change members.

    `headings`: how spreadsheets call it, without accents, capitals and small words.
    """
    return msgspec.Meta(extra={"headings": headings})


class Category(StrEnum):
    """The publics that every place has; a place may have words of its own beside them."""

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
    """Whom to call for a minor. Told to the desk and to the person, never to an agent."""

    name: Line
    phone: Phone
    email: Email | None = None


class Suspension(Shape, frozen=True, kw_only=True):
    """Since when somebody's access is suspended. `reason` is null for who may not know it."""

    at: Utc
    by_name: str | None
    reason: str | None
    may_end: bool
    """Whether the reader may end it."""


class MemberFields(Shape, frozen=True, kw_only=True):
    """What can be changed of a member."""

    display_name: Line
    email: Email | None = None
    phone: Annotated[
        Phone | None, private("telephone", "numero telephone", "tel", "mobile", "portable", "phone")
    ] = None
    emergency_contact: Annotated[
        Line | None, private("contact urgence", "urgence", "emergency contact")
    ] = None
    """Whom to call when the member is hurt: a name and a number."""
    language: Language = Language.FR
    categories: tuple[CategoryName, ...] = ()
    aids: tuple[Aid, ...] = ()
    status: MemberStatus = MemberStatus.ACTIVE
    maintains: tuple[Slug, ...] = ()
    """Access points for which this person is a maintainer."""
    supervises: tuple[Slug, ...] = ()
    """Zones in which this person may be answerable for others."""
    needs_help: bool = False
    """In an evacuation, by consent: such people come first on its roll."""
    guardian: Guardian | None = None
    """Whom to call for a minor; null in what those read who may not change members."""
    organisations: tuple[str, ...] = ()
    """Those of which this person is a member."""
    projects: tuple[str, ...] = ()
    also_at: tuple[Slug, ...] = ()
    """Sites beyond the home site that may know of this person, and let them in by their rules."""


PRIVATE_TEXTS: Mapping[str, tuple[str, ...]] = {
    name: hint.__metadata__[0].extra["headings"]
    for name, hint in get_type_hints(MemberFields, include_extras=True).items()
    if hasattr(hint, "__metadata__") and hint.__metadata__[0].extra
}
"""The headings of the fields that are marked `private`: form, member's page, import, export, merge
and erasure follow from them."""


class MemberChange(MemberFields, frozen=True, kw_only=True):
    """`reason`: why the access is suspended; the member may read it, the desk not. Or why somebody
    leaves who has a subscription or a pass that goes on.
    """

    reason: Note | None = None


class NewMember(MemberFields, frozen=True, kw_only=True):
    site_id: Slug | None = None
    """May be left out where there is only one site."""


class Member(MemberFields, frozen=True, kw_only=True):
    id: str
    site_id: Slug
    works_for: OnBehalf = OnBehalf()
    """On whose behalf at present; `PUT members/{id}/works-for`."""
    guardian_missing: bool = False
    """A minor for whom nobody can be called yet."""
    created_at: Utc
    version: int
