"""What happens to badges that other features must act upon, in the same transaction."""

from dataclasses import dataclass

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members.models import MemberRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import Forbidden


@dataclass(frozen=True, slots=True)
class BadgeWanted:
    """A badge is to be given again; a feature whose loan of it is over lets it go."""

    badge: CredentialRow
    now: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeHandedOver:
    """A badge is about to work in this member's name, by this actor's decision.

    A feature that gives rights to members raises BadgeNeedsManager if the actor may not give them.
    """

    member: MemberRow
    actor: Actor
    now: Utc


class HolderHasLeft(Forbidden):
    """No badge opens for who has left: they come back first."""

    def __init__(self) -> None:
        super().__init__("this person has left: set their status to active first")


class BadgeStaysSuspended(Forbidden):
    """Somebody who may certify suspended it: they, or who may, restore it (decision 0273)."""

    def __init__(self) -> None:
        super().__init__("who suspended this badge, or a manager, restores it or takes it back")


class BadgeNeedsManager(Forbidden):
    """The badge carries rights that only a manager gives; so the address is a manager's too."""

    def __init__(self, site_id: str) -> None:
        super().__init__(
            "this member certifies, supervises or maintains: a manager of"
            f" {site_id} gives, replaces and restores their badges, and writes their address;"
            " anybody at the desk may block a badge"
        )
        self.site_id = site_id
