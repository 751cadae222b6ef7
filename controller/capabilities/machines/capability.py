"""What machines gives to the house."""

from controller.capabilities.machines import access_points
from controller.capabilities.machines import models as models
from controller.capabilities.members.changes import MaintainsChosen
from controller.capabilities.training.changes import ScopeNarrowed
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction

MACHINES = Capability(
    name="machines",
    reacts=(
        Reaction(MaintainsChosen, access_points.check_maintained),
        Reaction(ScopeNarrowed, access_points.check_not_asked_elsewhere),
    ),
)
