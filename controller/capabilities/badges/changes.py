"""Changes of badges to which other features react in the same transaction, and their refusals."""

from dataclasses import dataclass

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members.models import MemberRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Forbidden


@dataclass(frozen=True, slots=True)
class BadgeWanted:
    """Somebody is about to get a badge; a feature that lent it deletes it if the loan has ended."""

    badge: CredentialRow
    now: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeHandedOver:
    """The actor is about to give this member a working badge.

    A feature that gives rights to members raises BadgeNeedsManager if the actor may not give them.
    """

    member: MemberRow
    actor: Actor
    now: Utc


class HolderHasLeft(Forbidden):
    """Raised for a badge of a member who has left, until they come back."""

    def __init__(self) -> None:
        super().__init__("this person has left: set their status to active first")


class BadgeStaysSuspended(Forbidden):
    """Raised for a badge that was suspended by somebody who may certify (decision 0273).

    Only people who may certify can restore it or take it back.
    """

    def __init__(self) -> None:
        super().__init__(
            "only the person who suspended this badge, or a manager, can restore it or take it back"
        )


class SecondBadge(Forbidden):
    """Raised for a second badge of a member whom no message reaches (decision 0283).

    Only people who may certify can give or restore it.
    """

    def __init__(self, site_id: str) -> None:
        super().__init__(
            "no message reaches this member, who would not notice another badge: this needs"
            f" {Permission.CERTIFY} at {site_id}"
        )


class BadgeNeedsManager(Forbidden):
    """Raised when a badge carries rights that only a manager may give.

    Then only a manager may change the member's address, too.
    """

    def __init__(self, site_id: str) -> None:
        super().__init__(
            "this member certifies, supervises or maintains: only a manager of"
            f" {site_id} may give, replace and restore their badges, and change their address;"
            " anybody at the desk may block a badge"
        )
        self.site_id = site_id
