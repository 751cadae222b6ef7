"""The feature *groups*."""

from pathlib import Path

from controller.capabilities.badges.changes import BadgeWanted
from controller.capabilities.groups import groups, merge, windows
from controller.capabilities.groups import models as models
from controller.capabilities.groups.booked_to import PROPOSER
from controller.capabilities.groups.effects import refuse
from controller.capabilities.groups.jobs import JOBS
from controller.capabilities.groups.messages import MESSAGES
from controller.capabilities.groups.names import NAMES
from controller.capabilities.groups.news import GroupNews, WindowNews
from controller.capabilities.groups.policy import FACTS
from controller.capabilities.groups.privacy import PERSONAL_DATA, freeze
from controller.capabilities.groups.projection import PROJECTION
from controller.capabilities.members.changes import MemberLeft, MemberMerged, SupervisesOnly
from controller.domain.locale.catalogue import N_
from controller.kernel.alarms import AlarmKind
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction
from controller.kernel.stored_event import EventsForgotten

GROUPS = Capability(
    name="groups",
    projections=(PROJECTION,),
    effects=(refuse,),
    alarms=(
        AlarmKind(
            "window_refused",
            N_("Supervision refused"),
            N_("Check who supervises this room. If the box is unknown or hacked, revoke it."),
        ),
    ),
    proposer=PROPOSER,
    personal_data=PERSONAL_DATA,
    names=NAMES,
    reacts=(
        Reaction(MemberLeft, windows.end_all),
        Reaction(SupervisesOnly, windows.end_others),
        Reaction(MemberMerged, merge.hinder),
        Reaction(BadgeWanted, groups.release_badge),
        Reaction(EventsForgotten, freeze),
    ),
    messages=MESSAGES,
    news=(GroupNews, WindowNews),
    jobs=JOBS,
    facts=FACTS,
    locale=Path(__file__).with_name("locale"),
)
