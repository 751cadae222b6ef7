"""The feature *live*."""

from pathlib import Path

from controller.capabilities.live import plan
from controller.capabilities.live.models import SitePlan
from controller.capabilities.places.changes import ZoneUses
from controller.kernel.capability import Capability, Reaction
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (PersonalDataRule(SitePlan),)


LIVE = Capability(
    name="live",
    personal_data=PERSONAL_DATA,
    migrations=Path(__file__).with_name("migrations"),
    reacts=(Reaction(ZoneUses, plan.add_use_of_zone),),
)
