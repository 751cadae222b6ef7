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
    PersonalDataRule(
        AgentRow,
        plain="id site_id kid public_key certificate_until enrolled_at revoked_at wiring"
        " created_at row_version",
        label="name",
    ),
    PersonalDataRule(
        AgentState,
        plain="agent_id online boot_id connection version protocols epoch policy_version stream"
        " key_generation key_since started_at seen_at telemetry troubled",
    ),
    PersonalDataRule(AgentAway, plain="agent_id since until"),
    PersonalDataRule(AgentCertificate, plain="serial agent_id issued_at until revoked_at"),
    PersonalDataRule(
        ClaimCode, plain="hash agent_id created_at expires_at used_at wiring", actor="created_by"
    ),
    PersonalDataRule(SiteBroker, plain="site_id host port"),
    PersonalDataRule(RevocationList, plain="no pem made_at"),
    PersonalDataRule(HubKey, plain="kid name public_key created_at retired_at"),
)
