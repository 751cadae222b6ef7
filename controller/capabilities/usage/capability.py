"""The feature *usage*."""

from pathlib import Path

from controller.capabilities.machines.changes import CommandSent
from controller.capabilities.members.changes import MemberMerged
from controller.capabilities.places.changes import CalendarChanged
from controller.capabilities.usage import cuts, merge, totals
from controller.capabilities.usage import models as models
from controller.capabilities.usage.activity import RECENT
from controller.capabilities.usage.news import SessionNews
from controller.capabilities.usage.privacy import PERSONAL_DATA, freeze
from controller.capabilities.usage.projection import PROJECTION
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction
from controller.kernel.stored_event import EventsForgotten

USAGE = Capability(
    name="usage",
    projections=(PROJECTION,),
    personal_data=PERSONAL_DATA,
    activity=RECENT,
    reacts=(
        Reaction(EventsForgotten, freeze),
        Reaction(CommandSent, cuts.mark_own),
        Reaction(MemberMerged, merge.move),
        Reaction(CalendarChanged, lambda db, change: totals.recount(db, change.site_id)),
    ),
    news=(SessionNews,),
    locale=Path(__file__).with_name("locale"),
)
