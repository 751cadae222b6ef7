"""What plans gives to the house."""

from pathlib import Path

from controller.capabilities.members.changes import MemberLeft, MemberTakenBack
from controller.capabilities.messages.reminders import reminder_job
from controller.capabilities.plans import models as models
from controller.capabilities.plans import passes, reminders, subscriptions
from controller.capabilities.plans.effects import spend
from controller.capabilities.plans.messages import MESSAGES
from controller.capabilities.plans.policy import FACTS
from controller.capabilities.plans.privacy import KEEPS
from controller.capabilities.plans.since import RECENT
from controller.domain.words.catalogue import N_
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
    messages=MESSAGES,
    jobs=(
        reminder_job(
            "subscription_reminders", N_("lettres de fin d’abonnement"), reminders.find_due
        ),
    ),
    facts=FACTS,
    migrations=Path(__file__).with_name("migrations"),
    words=Path(__file__).with_name("words"),
)
