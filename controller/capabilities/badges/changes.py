"""What happens to badges that other rooms must act upon, in the same transaction."""

from dataclasses import dataclass

from controller.capabilities.badges.models import CredentialRow
from controller.domain.time import Utc


@dataclass(frozen=True, slots=True)
class BadgeWanted:
    """A badge is to be given again; a room whose loan of it is over lets it go."""

    badge: CredentialRow
    now: Utc
