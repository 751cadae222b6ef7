"""Badges in the form that the API and the pages use."""

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
    """The fields of a credential that can be changed; its status has actions of its own."""

    assurance: Assurance = Assurance.UID
    valid_from: Utc | None = None
    valid_until: Utc | None = None

    def __post_init__(self) -> None:
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise ValueError("valid_until: must be after valid_from")


class NewCredential(CredentialFields, frozen=True, kw_only=True):
    """A badge to give to a member."""

    member_id: str
    value: BadgeNumber
    """The number, such as `uid:04A1B2C3D4E5F6` or `em:0001234567`; it is never shown again."""
    kind: CredentialKind = CredentialKind.MEMBER
    """`guest`: after a host's tap, and it must end. Group badges are made with `POST groups`."""
    lent: bool = False
    """It has to be returned: `POST credentials/{id}/return` makes it available for somebody
    else."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kind is CredentialKind.GROUP:
            raise ValueError("kind: a group has a badge of its own; make it with POST groups")
        if self.kind is CredentialKind.GUEST and self.valid_until is None:
            raise ValueError("valid_until: required for guest badges")


class Replacement(Shape, frozen=True, kw_only=True):
    """The badge that replaces a lost one."""

    value: BadgeNumber
    assurance: Assurance | None = None
    """Null: that of the badge that it replaces."""


class Credential(CredentialFields, frozen=True, kw_only=True):
    """A member's badge."""

    id: str
    member_id: str
    value: str
    """Masked but for its last four characters."""
    kind: CredentialKind
    lent: bool
    status: CredentialStatus
    suspended_because: SuspendedBecause | None
    """`copied`: it was used at two readers sooner than anyone can walk between them. Null: a
    person suspended it, or it is not suspended."""
    card: CardKind | None
    """The kind of a card with keys of this installation; null: it can prove only its number."""
    created_at: Utc
    own_page_from: Utc | None
    """From when the badge opens its holder's own page at a terminal: 24 hours after the desk gave
    or restored it. Null: never, as for a badge that is lent."""
    version: int
