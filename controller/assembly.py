"""The one explicit list of rooms, in their order: a room uses those before it."""

from controller.capabilities.accounts.capability import ACCOUNTS
from controller.capabilities.agents.capability import AGENTS
from controller.capabilities.alarms.capability import ALARMS
from controller.capabilities.badges.capability import BADGES
from controller.capabilities.bookings.capability import BOOKINGS
from controller.capabilities.groups.capability import GROUPS
from controller.capabilities.journal.capability import JOURNAL
from controller.capabilities.live.capability import LIVE
from controller.capabilities.machines.capability import MACHINES
from controller.capabilities.member_files.capability import MEMBER_FILES
from controller.capabilities.members.capability import MEMBERS
from controller.capabilities.organisations.capability import ORGANISATIONS
from controller.capabilities.places.capability import PLACES
from controller.capabilities.plans.capability import PLANS
from controller.capabilities.presence.capability import PRESENCE
from controller.capabilities.privacy.capability import PRIVACY
from controller.capabilities.tell.capability import TELL
from controller.capabilities.training.capability import TRAINING
from controller.capabilities.upkeep.capability import UPKEEP
from controller.capabilities.usage.capability import USAGE
from controller.kernel import journal as journal
from controller.kernel import models as models
from controller.kernel.capability import House
from controller.policy.models import PolicyRow as PolicyRow

__all__ = ["HOUSE"]

HOUSE = House(
    (
        PLACES,
        MEMBERS,
        ACCOUNTS,
        ORGANISATIONS,
        BADGES,
        TRAINING,
        PLANS,
        GROUPS,
        AGENTS,
        MACHINES,
        JOURNAL,
        ALARMS,
        PRESENCE,
        USAGE,
        BOOKINGS,
        UPKEEP,
        TELL,
        LIVE,
        MEMBER_FILES,
        PRIVACY,
    )
)
