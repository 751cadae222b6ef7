"""The feature *statistics*."""

from pathlib import Path

from controller.capabilities.members.changes import MemberMerged
from controller.capabilities.presence.changes import CameIn, CameInByMistake
from controller.capabilities.statistics import merge, visitors
from controller.capabilities.statistics import models as models
from controller.capabilities.statistics.privacy import PERSONAL_DATA
from controller.capabilities.statistics.rebuild import PROJECTION
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction

STATISTICS = Capability(
    name="statistics",
    projections=(PROJECTION,),
    reacts=(
        Reaction(CameIn, visitors.came_in),
        Reaction(CameInByMistake, visitors.by_mistake),
        Reaction(MemberMerged, merge.move),
    ),
    personal_data=PERSONAL_DATA,
    locale=Path(__file__).with_name("locale"),
)
