"""The tables, one module per family; importing this package registers all of them."""

from controller.store.models.accounts import (
    AccountRole,
    AccountRow,
    AuditEntry,
    AuditHead,
    IdempotencyKey,
    Role,
    TokenRow,
)
from controller.store.models.base import Base
from controller.store.models.journal import (
    Alarm,
    BootAnchor,
    EventRow,
    Quarantine,
    SessionRow,
    StreamState,
    WindowRow,
)
from controller.store.models.live import AgentState, CommandRow, PointStateRow
from controller.store.models.people import (
    CredentialRow,
    Maintainer,
    MemberRow,
    MemberWord,
    PlanRow,
    SubscriptionRow,
    Supervisor,
)
from controller.store.models.place import (
    AccessPointRow,
    AgentCertificate,
    AgentRow,
    ClaimCode,
    HubKey,
    ScheduleRow,
    SiteRow,
    ZoneRow,
)
from controller.store.models.policy import Lease, PolicyRow, PolicySite
from controller.store.models.training import (
    CertificationRow,
    HeldAction,
    HeldHistory,
    HeldRow,
    ValidityKind,
)

__all__ = [
    "AccessPointRow",
    "AccountRole",
    "AccountRow",
    "AgentCertificate",
    "AgentRow",
    "AgentState",
    "Alarm",
    "AuditEntry",
    "AuditHead",
    "Base",
    "BootAnchor",
    "CertificationRow",
    "ClaimCode",
    "CommandRow",
    "CredentialRow",
    "EventRow",
    "HeldAction",
    "HeldHistory",
    "HeldRow",
    "HubKey",
    "IdempotencyKey",
    "Lease",
    "Maintainer",
    "MemberRow",
    "MemberWord",
    "PlanRow",
    "PointStateRow",
    "PolicyRow",
    "PolicySite",
    "Quarantine",
    "Role",
    "ScheduleRow",
    "SessionRow",
    "SiteRow",
    "StreamState",
    "SubscriptionRow",
    "Supervisor",
    "TokenRow",
    "ValidityKind",
    "WindowRow",
    "ZoneRow",
]
