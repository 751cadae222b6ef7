"""The result of `decide()`: granted, or a reason, with the details from which texts are made."""

from dataclasses import dataclass, field
from enum import StrEnum

from controller.domain.facts import Assurance, Supervisor
from controller.domain.time import Utc

# Why access is denied, in the order of precedence.


class DenyReason(StrEnum):
    """Reasons of a denial; if several apply, the first one in this order is given."""

    CREDENTIAL_UNKNOWN = "credential_unknown"
    CREDENTIAL_LOST = "credential_lost"
    CREDENTIAL_SUSPENDED = "credential_suspended"
    CREDENTIAL_NOT_YET_VALID = "credential_not_yet_valid"
    CREDENTIAL_EXPIRED = "credential_expired"
    ASSURANCE_TOO_LOW = "assurance_too_low"
    POLICY_STALE = "policy_stale"
    CLOCK_UNTRUSTED = "clock_untrusted"
    MEMBER_SUSPENDED = "member_suspended"
    SUBSCRIPTION_MISSING = "subscription_missing"
    SUBSCRIPTION_EXPIRED = "subscription_expired"
    OUTSIDE_PLAN_HOURS = "outside_plan_hours"
    SITE_CLOSED = "site_closed"
    OUT_OF_SERVICE = "out_of_service"
    AGENT_TOO_OLD = "agent_too_old"
    FAULT_LATCHED = "fault_latched"
    CERTIFICATION_MISSING = "certification_missing"
    CERTIFICATION_EXPIRED = "certification_expired"
    CERTIFICATION_SUSPENDED = "certification_suspended"
    DOCUMENT_MISSING = "document_missing"
    SUPERVISOR_REQUIRED = "supervisor_required"
    COMPANY_REQUIRED = "company_required"
    BOOKING_REQUIRED = "booking_required"
    BOOKED_BY_OTHER = "booked_by_other"
    IN_USE = "in_use"
    ZONE_FULL = "zone_full"
    INTERLOCK_OPEN = "interlock_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """Details that explain a decision; only the fields that belong to its reason are set."""

    certifications: tuple[tuple[str, ...], ...] = ()
    """Groups of certifications or documents that are lacking (ids); any one of a group is
    enough."""
    next_session: Utc | None = None
    """The next course session that would help."""
    valid_from: Utc | None = None
    """When the badge, subscription or certification will become valid."""
    expired_since: Utc | None = None
    """When the badge, subscription or certification expired."""
    assurance: Assurance | None = None
    """The assurance that was required and that the tap did not prove."""
    policy_age_s: float | None = None
    """How old the policy was; None: unknown."""
    plans: tuple[str, ...] = ()
    """Plans that open this point."""
    reopens_at: Utc | None = None
    """When the plan's hours and those of the site are next open at once."""
    service_reason: str | None = None
    """Why the point was taken out of service, as entered by staff."""
    not_commissioned: bool = False
    """Whether the point is out of service because commissioning is not finished."""
    needs: tuple[str, ...] = ()
    """Required rules that the agent's program does not know."""
    can_reset: bool = False
    """Whether the holder is a maintainer, who may reset the fault on the spot."""
    supervisor: Supervisor | None = None
    """The required kind of supervision."""
    host_needed: bool = False
    """Whether a guest badge needs a host's tap first."""
    company: int | None = None
    """How many people must be present."""
    present: int | None = None
    """How many people are present; None: unknown."""
    booked_until: Utc | None = None
    """When the current booking of the machine ends."""
    zone: str | None = None
    capacity: int | None = None
    inputs: tuple[str, ...] = ()
    """Names of the machine's open inputs that prevent a start, as in its wiring."""
    hours_until: Utc | None = None
    """On a grant: when the plan's or the site's hours end and `on_end` applies; None: never."""
    right_until: Utc | None = None
    """On a grant: when the badge, subscription, certification or window ends and `on_revoke`
    applies."""


class NoticeKind(StrEnum):
    """Kinds of notices that come with a grant."""

    CREDENTIAL_ENDS = "credential_ends"
    SUBSCRIPTION_ENDS = "subscription_ends"
    SUBSCRIPTION_GRACE = "subscription_grace"
    """The subscription has ended; the notice gives the end of its grace days."""
    CERTIFICATION_ENDS = "certification_ends"
    HOURS_END = "hours_end"
    BOOKED_FROM = "booked_from"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An event that the person should know of, and when it happens."""

    kind: NoticeKind
    at: Utc
    days: int = 0
    """Days until then in the site's time zone; 0 is today."""
    certification: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The result of `decide()`: granted, or denied with a reason."""

    granted: bool
    at: Utc
    """The moment for which the decision was made."""
    reason: DenyReason | None = None
    """None if and only if granted."""
    detail: Detail = field(default_factory=Detail)
    notices: tuple[Notice, ...] = ()
