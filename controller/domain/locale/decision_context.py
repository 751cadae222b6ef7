"""A decision with everything that its text needs: access point, site, language, names and times."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from controller.domain.access.decision import Decision, DenyReason, Detail
from controller.domain.facts import AccessPoint, Name, PointKind, Site
from controller.domain.locale.catalogue import N_, Translator
from controller.domain.locale.time import format_since, format_upcoming
from controller.domain.states import InputKind
from controller.domain.time import Utc

TITLES: Mapping[DenyReason, str] = {
    DenyReason.CREDENTIAL_UNKNOWN: N_("Unknown badge"),
    DenyReason.CREDENTIAL_LOST: N_("Badge reported lost"),
    DenyReason.CREDENTIAL_SUSPENDED: N_("Badge suspended"),
    DenyReason.CREDENTIAL_NOT_YET_VALID: N_("Badge not valid yet"),
    DenyReason.CREDENTIAL_EXPIRED: N_("Badge expired"),
    DenyReason.ASSURANCE_TOO_LOW: N_("Badge not secure enough"),
    DenyReason.POLICY_STALE: N_("Rights out of date"),
    DenyReason.CLOCK_UNTRUSTED: N_("Time uncertain"),
    DenyReason.MEMBER_SUSPENDED: N_("Access suspended"),
    DenyReason.SUBSCRIPTION_MISSING: N_("Subscription needed"),
    DenyReason.SUBSCRIPTION_EXPIRED: N_("Subscription ended"),
    DenyReason.OUTSIDE_PLAN_HOURS: N_("Outside your hours"),
    DenyReason.SITE_CLOSED: N_("Closed now"),
    DenyReason.OUT_OF_SERVICE: N_("Out of service"),
    DenyReason.AGENT_TOO_OLD: N_("Box must be updated"),
    DenyReason.FAULT_LATCHED: N_("Fault"),
    DenyReason.CERTIFICATION_MISSING: N_("Certification missing"),
    DenyReason.CERTIFICATION_EXPIRED: N_("Certification expired"),
    DenyReason.CERTIFICATION_SUSPENDED: N_("Certification suspended"),
    DenyReason.DOCUMENT_MISSING: N_("Document missing"),
    DenyReason.SUPERVISOR_REQUIRED: N_("Supervisor needed"),
    DenyReason.COMPANY_REQUIRED: N_("Not on your own"),
    DenyReason.BOOKING_REQUIRED: N_("Booking needed"),
    DenyReason.BOOKED_BY_OTHER: N_("Already booked"),
    DenyReason.IN_USE: N_("In use"),
    DenyReason.ZONE_FULL: N_("Room full"),
    DenyReason.INTERLOCK_OPEN: N_("Safety guard open"),
}
_AHEAD = {
    DenyReason.SUBSCRIPTION_EXPIRED: N_("Subscription ended by then"),
    DenyReason.CERTIFICATION_EXPIRED: N_("Certification expired by then"),
}
"""Titles for bookings: a right that is valid now but will have ended by then."""


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """A decision to be explained, with its access point, its site and the reader's language."""

    decision: Decision
    point: AccessPoint
    site: Site
    translator: Translator

    @property
    def detail(self) -> Detail:
        """Return the details of the decision."""
        return self.decision.detail

    @property
    def is_start_refused(self) -> bool:
        """Return whether only start conditions prevent the use."""
        kinds = {InputKind.of(name) for name in self.detail.inputs}
        return self.decision.reason is DenyReason.INTERLOCK_OPEN and kinds == {InputKind.START}

    @property
    def title(self) -> str:
        """Return the reason of the denial in a few words; empty if granted."""
        if self.is_start_refused:
            return self.say("Not ready to start")
        reason, ended_at = self.decision.reason, self.detail.expired_since
        if reason in _AHEAD and ended_at is not None and self.is_ahead(ended_at):
            return self.say(_AHEAD[reason])
        return self.say(TITLES[reason]) if reason else ""

    @property
    def say(self) -> Callable[..., str]:
        """Translate a text; see `Translator.say`."""
        return self.translator.say

    def this(self) -> str:
        """Return *this machine* or *this door*."""
        if self.point.kind is PointKind.DOOR:
            return self.say("this door")
        return self.say("this machine")

    def is_ahead(self, moment: Utc) -> bool:
        """Return whether the moment is after the decision's, which may be in the future for a
        booking."""
        return self.decision.at < moment

    def when(self, moment: Utc) -> str:
        """Format a moment in the future."""
        return format_upcoming(moment, self.decision.at, self.site.time_zone, self.translator)

    def since(self, moment: Utc) -> str:
        """Format a moment in the past, as *since …*."""
        return format_since(moment, self.decision.at, self.site.time_zone, self.translator)

    def names(self, ids: Iterable[str], name_of: Mapping[str, Name]) -> str:
        """Return the names of alternatives, joined by *or*; an unknown id is returned as it is."""
        known_names = [
            name_of[id].read(self.translator.language) if id in name_of else id for id in ids
        ]
        either = self.say("or")
        return f" {either} ".join(name for name in known_names if name)

    def certifications(self) -> str:
        """Return the missing certifications, all of which are required."""
        name_of = {id: c.name for id, c in self.site.certifications.items()}
        return ", ".join(self.names(group, name_of) for group in self.detail.certifications)

    def inputs(self) -> str:
        """Return the open inputs, without the prefix for their kind."""
        names = ((name, InputKind.of(name) or "") for name in self.detail.inputs)
        short = (name.removeprefix(kind).strip("-").replace("-", " ") for name, kind in names)
        return ", ".join(name for name in short if name)

    def zone(self) -> str:
        """Return the name of the zone; empty without one."""
        name_of = {id: z.name for id, z in self.site.zones.items()}
        return self.names([self.detail.zone], name_of) if self.detail.zone is not None else ""
