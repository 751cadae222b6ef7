"""What presence gives to the house."""

from controller.capabilities.groups.changes import GroupChanged, GroupEnded
from controller.capabilities.presence import models as models
from controller.capabilities.presence import presence
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction

PRESENCE = Capability(
    name="presence",
    reacts=(Reaction(GroupChanged, presence.recount), Reaction(GroupEnded, presence.leave_with)),
)
