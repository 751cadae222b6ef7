"""Personal-data rules for the tables of agents; only claim codes name a person, who made them."""

from controller.capabilities.agents.models import (
    AgentAway,
    AgentCertificate,
    AgentRow,
    AgentState,
    ClaimCode,
    HubKey,
    RevocationList,
    SiteBroker,
)
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (
    PersonalDataRule(AgentRow),
    PersonalDataRule(AgentState),
    PersonalDataRule(AgentAway),
    PersonalDataRule(AgentCertificate),
    PersonalDataRule(ClaimCode),
    PersonalDataRule(SiteBroker),
    PersonalDataRule(RevocationList),
    PersonalDataRule(HubKey),
)
