"""The feature *agents*."""

from pathlib import Path

from controller.capabilities.agents import arrivals
from controller.capabilities.agents import models as models
from controller.capabilities.agents.activity import RECENT
from controller.capabilities.agents.jobs import JOBS
from controller.capabilities.agents.news import AgentNews
from controller.capabilities.agents.policy import FACTS
from controller.capabilities.agents.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction
from controller.kernel.told_of import ArrivalQuestion

AGENTS = Capability(
    name="agents",
    personal_data=PERSONAL_DATA,
    activity=RECENT,
    reacts=(Reaction(ArrivalQuestion, arrivals.answer),),
    news=(AgentNews,),
    jobs=JOBS,
    facts=FACTS,
    locale=Path(__file__).with_name("locale"),
)
