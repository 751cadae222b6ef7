"""Members, credentials, plans and subscriptions as the API and the pages see them."""

from enum import StrEnum
from typing import Annotated

import msgspec

from controller.domain.facts import (
    Aid,
    Assurance,
    CredentialKind,
    CredentialStatus,
    Language,
    MemberStatus,
)
from controller.domain.time import Utc
from controller.services.shapes.groups import OnBehalf
from controller.services.shapes.scalars import Label, Line, Shape, Slug

Email = Annotated[
    str, msgspec.Meta(max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$(?!\n)")
]


Phone = Annotated[str, msgspec.Meta(pattern=r"^\+?[0-9][0-9 ().-]{3,29}$(?!\n)")]


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
        description=f"one of {', '.join(Category)}, or a word of the place's own",
    ),
]


class Guardian(Shape, frozen=True, kw_only=True):
    """Whom to call for a minor. Told to the desk and to the person, never to an agent."""

    name: Line
    phone: Phone
    email: Email | None = None


class MemberFields(Shape, frozen=True, kw_only=True):
    """What can be changed of a member."""

    display_name: Line
    email: Email | None = None
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


class CredentialFields(Shape, frozen=True, kw_only=True):
    """What can be changed of a credential; its status has actions of its own."""

    assurance: Assurance = Assurance.UID
    valid_from: Utc | None = None
    valid_until: Utc | None = None

    def __post_init__(self) -> None:
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise ValueError("valid_until: must be after valid_from")


class NewCredential(CredentialFields, frozen=True, kw_only=True):
    member_id: str
    value: str
    """Written once, such as `uid:04A1B2C3D4E5F6` or `em:0001234567`."""
    kind: CredentialKind = CredentialKind.MEMBER
    """`guest`: after a host's tap, and it must end. Group badges are made with `POST groups`."""
    lent: bool = False
    """To be given back: `POST credentials/{id}/return` frees it for somebody else."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kind is CredentialKind.GROUP:
            raise ValueError("kind: a group has a badge of its own; make it with POST groups")
        if self.kind is CredentialKind.GUEST and self.valid_until is None:
            raise ValueError("valid_until: required for guest badges")


class Replacement(Shape, frozen=True, kw_only=True):
    """The number of the badge that takes the place of a lost one."""

    value: str
    assurance: Assurance | None = None
    """Null: that of the badge it replaces."""


class Credential(CredentialFields, frozen=True, kw_only=True):
    id: str
    member_id: str
    value: str
    """Masked but for its last four characters."""
    kind: CredentialKind
    lent: bool
    status: CredentialStatus
    created_at: Utc
    version: int


class PlanFields(Shape, frozen=True, kw_only=True):
    """What can be changed of a plan. No schedule: at any time; no zones: all."""

    name: Label
    schedule_id: Slug | None = None
    zones: tuple[Slug, ...] = ()
    outside_opening: bool = False
    grace_days: Annotated[int, msgspec.Meta(ge=0, le=366)] = 0


class NewPlan(PlanFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug | None = None


class Plan(PlanFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug
    version: int


class SubscriptionFields(Shape, frozen=True, kw_only=True):
    """What can be changed of a subscription. No end: until it is given one."""

    plan_id: Slug
    valid_from: Utc
    valid_until: Utc | None = None

    def __post_init__(self) -> None:
        if self.valid_until and self.valid_until <= self.valid_from:
            raise ValueError("valid_until: must be after valid_from")


class NewSubscription(SubscriptionFields, frozen=True, kw_only=True):
    member_id: str


class Subscription(NewSubscription, frozen=True, kw_only=True):
    id: str
    version: int
