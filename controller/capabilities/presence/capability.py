"""The feature *presence*."""

from pathlib import Path

from controller.capabilities.groups.changes import GroupChanged, GroupEnded
from controller.capabilities.members.changes import MemberMerged
from controller.capabilities.plans.changes import UseQuestion
from controller.capabilities.presence import merge, plan_use, presence
from controller.capabilities.presence import models as models
from controller.capabilities.presence.activity import RECENT
from controller.capabilities.presence.effects import follow
from controller.capabilities.presence.jobs import JOBS
from controller.capabilities.presence.news import EvacuationNews, PresenceNews
from controller.capabilities.presence.policy import FACTS
from controller.capabilities.presence.privacy import PERSONAL_DATA
from controller.capabilities.presence.rebuild import PROJECTION
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction

PRESENCE = Capability(
    name="presence",
    effects=(follow,),
    projections=(PROJECTION,),
    locale=Path(__file__).with_name("locale"),
    personal_data=PERSONAL_DATA,
    activity=RECENT,
    reacts=(
        Reaction(GroupChanged, presence.recount),
        Reaction(GroupEnded, presence.leave_with),
        Reaction(MemberMerged, merge.move),
        Reaction(UseQuestion, plan_use.answer),
    ),
    news=(PresenceNews, EvacuationNews),
    jobs=JOBS,
    facts=FACTS,
)
