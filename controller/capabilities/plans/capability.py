"""What plans gives to the house."""

from pathlib import Path

from controller.capabilities.members.changes import MemberLeft, MemberTakenBack
from controller.capabilities.plans import models as models
from controller.capabilities.plans import passes, subscriptions
from controller.capabilities.plans.effects import spend
from controller.capabilities.plans.policy import FACTS
from controller.capabilities.plans.privacy import KEEPS
from controller.capabilities.plans.since import RECENT
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction

PLANS = Capability(
    name="plans",
    effects=(spend,),
    keeps=KEEPS,
    since=RECENT,
    reacts=(
        Reaction(MemberLeft, passes.end_all),
        Reaction(MemberLeft, subscriptions.end_all),
        Reaction(MemberTakenBack, subscriptions.take_back_all),
    ),
    facts=FACTS,
    migrations=Path(__file__).with_name("migrations"),
    words=Path(__file__).with_name("words"),
)
