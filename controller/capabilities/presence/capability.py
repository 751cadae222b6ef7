"""What presence gives to the house."""

from controller.capabilities.groups.changes import GroupChanged, GroupEnded
from controller.capabilities.presence import presence
from controller.capabilities.presence.privacy import KEEPS
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction

PRESENCE = Capability(
    name="presence",
    keeps=KEEPS,
    reacts=(Reaction(GroupChanged, presence.recount), Reaction(GroupEnded, presence.leave_with)),
)
