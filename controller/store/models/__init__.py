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
from controller.store.models.booking import BookingRow
from controller.store.models.commissioning import CommissioningTick
from controller.store.models.courses import (
    CourseRow,
    CourseSessionKind,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
    Outcome,
)
from controller.store.models.journal import (
    Alarm,
    BootAnchor,
    EventRow,
    Quarantine,
    SessionRow,
    StreamState,
    WindowRow,
)
from controller.store.models.kept import AuditNote, CourseSessionPast, IncidentRow
from controller.store.models.live import AgentState, CommandRow, PointStateRow
from controller.store.models.passes import PassKind, PassRow, PassUse
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
from controller.store.models.presence import (
    EvacuationKind,
    EvacuationRow,
    Occupancy,
    PresenceRow,
    RollLine,
)
from controller.store.models.told import (
    HandoverNote,
    TellCode,
    ToldKind,
    ToldState,
    UserReport,
)
from controller.store.models.training import (
    CertificationRow,
    HeldAction,
    HeldHistory,
    HeldRow,
    ValidityKind,
)
from controller.store.models.upkeep import MaintenanceDone, MaintenanceRow

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
    "AuditNote",
    "Base",
    "BookingRow",
    "BootAnchor",
    "CertificationRow",
    "ClaimCode",
    "CommandRow",
    "CommissioningTick",
    "CourseRow",
    "CourseSessionKind",
    "CourseSessionPast",
    "CourseSessionRow",
    "CredentialRow",
    "EnrolmentRow",
    "EnrolmentStatus",
    "EvacuationKind",
    "EvacuationRow",
    "EventRow",
    "HandoverNote",
    "HeldAction",
    "HeldHistory",
    "HeldRow",
    "HubKey",
    "IdempotencyKey",
    "IncidentRow",
    "Lease",
    "Maintainer",
    "MaintenanceDone",
    "MaintenanceRow",
    "MemberRow",
    "MemberWord",
    "Occupancy",
    "Outcome",
    "PassKind",
    "PassRow",
    "PassUse",
    "PlanRow",
    "PointStateRow",
    "PolicyRow",
    "PolicySite",
    "PresenceRow",
    "Quarantine",
    "Role",
    "RollLine",
    "ScheduleRow",
    "SessionRow",
    "SiteRow",
    "StreamState",
    "SubscriptionRow",
    "Supervisor",
    "TellCode",
    "TokenRow",
    "ToldKind",
    "ToldState",
    "UserReport",
    "ValidityKind",
    "WindowRow",
    "ZoneRow",
]
