"""Shapes of badges, as the API and the pages see them."""

from controller.domain.facts import (
    Assurance,
    CardKind,
    CredentialKind,
    CredentialStatus,
    SuspendedBecause,
)
from controller.domain.time import Utc
from controller.kernel.shapes import BadgeNumber, Shape


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
    value: BadgeNumber
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

    value: BadgeNumber
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
    suspended_because: SuspendedBecause | None
    """`copied`: it was used at two places sooner than anyone gets from one to the other. Null: a
    person suspended it, or it is not suspended."""
    card: CardKind | None
    """Which card holds keys of this installation; null: it can prove its number only."""
    created_at: Utc
    own_page_from: Utc | None
    """From when it opens its holder's own page at a terminal: 24 hours after the desk gave or
    restored it. Null: never, as for a badge that is lent."""
    version: int
