"""The feature *plans*."""

from pathlib import Path

from controller.capabilities.members.changes import MemberLeft, MemberTakenBack
from controller.capabilities.messages.reminders import reminder_job
from controller.capabilities.plans import models as models
from controller.capabilities.plans import passes, reminders, subscriptions
from controller.capabilities.plans.activity import RECENT
from controller.capabilities.plans.effects import spend
from controller.capabilities.plans.messages import MESSAGES
from controller.capabilities.plans.policy import FACTS
from controller.capabilities.plans.privacy import PERSONAL_DATA
from controller.domain.locale.catalogue import N_
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction

PLANS = Capability(
    name="plans",
    effects=(spend,),
    personal_data=PERSONAL_DATA,
    activity=RECENT,
    reacts=(
        Reaction(MemberLeft, passes.end_all),
        Reaction(MemberLeft, subscriptions.end_all),
        Reaction(MemberTakenBack, subscriptions.take_back_all),
    ),
    messages=MESSAGES,
    jobs=(
        reminder_job(
            "subscription_reminders", N_("letters about subscriptions that end"), reminders.find_due
        ),
    ),
    facts=FACTS,
    locale=Path(__file__).with_name("locale"),
)
