"""What plans gives to the house."""

from controller.capabilities.members.changes import MemberLeft, MemberTakenBack
from controller.capabilities.plans import models as models
from controller.capabilities.plans import passes, subscriptions
from controller.capabilities.plans.effects import spend
from controller.capabilities.plans.policy import FACTS
from controller.capabilities.plans.privacy import KEEPS
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction

PLANS = Capability(
    name="plans",
    effects=(spend,),
    keeps=KEEPS,
    reacts=(
        Reaction(MemberLeft, passes.end_all),
        Reaction(MemberLeft, subscriptions.end_all),
        Reaction(MemberTakenBack, subscriptions.take_back_all),
    ),
    facts=FACTS,
)
