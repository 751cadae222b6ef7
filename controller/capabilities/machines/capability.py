"""The feature *machines*."""

from pathlib import Path

from controller.capabilities.agents.changes import AgentMoves
from controller.capabilities.machines import access_points
from controller.capabilities.machines import models as models
from controller.capabilities.machines.effects import keep_up
from controller.capabilities.machines.jobs import JOBS
from controller.capabilities.machines.news import CommandNews, PointNews
from controller.capabilities.machines.policy import FACTS
from controller.capabilities.machines.privacy import PERSONAL_DATA
from controller.capabilities.members.changes import MaintainsChosen
from controller.capabilities.training.changes import ScopeNarrowed
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction

MACHINES = Capability(
    name="machines",
    effects=(keep_up,),
    personal_data=PERSONAL_DATA,
    reacts=(
        Reaction(AgentMoves, access_points.hold_back),
        Reaction(MaintainsChosen, access_points.check_maintained),
        Reaction(ScopeNarrowed, access_points.check_not_asked_elsewhere),
    ),
    news=(PointNews, CommandNews),
    facts=FACTS,
    jobs=JOBS,
    locale=Path(__file__).with_name("locale"),
)
