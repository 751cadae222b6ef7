"""The feature *members*."""

from controller.capabilities.members import models as models
from controller.capabilities.members.booked_to import PROPOSER
from controller.capabilities.members.former import kept_refs
from controller.capabilities.members.names import NAMES
from controller.capabilities.members.news import MemberNews
from controller.capabilities.members.policy import FACTS
from controller.capabilities.members.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

MEMBERS = Capability(
    name="members",
    proposer=PROPOSER,
    personal_data=PERSONAL_DATA,
    names=NAMES,
    news=(MemberNews,),
    facts=FACTS,
    kept_refs=kept_refs,
)
