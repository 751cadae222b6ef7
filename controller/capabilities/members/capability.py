"""What members gives to the house."""

from pathlib import Path

from controller.capabilities.members import models as models
from controller.capabilities.members.booked_to import PROPOSER
from controller.capabilities.members.former import kept_refs
from controller.capabilities.members.names import NAMES
from controller.capabilities.members.news import MemberNews
from controller.capabilities.members.policy import FACTS
from controller.capabilities.members.privacy import KEEPS
from controller.kernel.capability import Capability

MEMBERS = Capability(
    name="members",
    proposer=PROPOSER,
    keeps=KEEPS,
    names=NAMES,
    news=(MemberNews,),
    facts=FACTS,
    kept_refs=kept_refs,
    migrations=Path(__file__).with_name("migrations"),
)
