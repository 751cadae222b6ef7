"""One tap to be judged: the input of `decide()`, and what its checks return."""

from dataclasses import dataclass, field

from controller.domain.access.decision import DenyReason, Detail
from controller.domain.facts import AccessPoint, Context, CredentialKind, Holder, Plan, Site, Zone
from controller.domain.schedule import is_open
from controller.domain.time import Utc


@dataclass(frozen=True, slots=True)
class Case:
    """A tap with everything that the checks need to judge it."""

    holder: Holder
    point: AccessPoint
    site: Site
    now: Utc
    context: Context

    @property
    def asks_subscription(self) -> bool:
        """Return whether this tap requires a subscription.

        Guests and groups don't need one, and nobody needs one to leave.
        """
        of_member = self.holder.kind is CredentialKind.MEMBER
        return of_member and self.point.requirement.subscription and not self.leads_out

    @property
    def plan(self) -> Plan | None:
        """Return the plan of the holder's subscription, valid or not; None without a plan."""
        return self.site.plans.get(self.holder.plan) if self.holder.plan is not None else None

    @property
    def zone(self) -> Zone | None:
        """Return the zone that the access point is in or leads to, if any."""
        return self.site.zones.get(self.point.zone) if self.point.zone is not None else None

    @property
    def leads_out(self) -> bool:
        """Return whether the access point is a door from a zone to the outside."""
        return self.point.from_zone is not None and self.point.zone is None

    @property
    def is_maintainer(self) -> bool:
        """Return whether the holder is a maintainer of this access point."""
        return self.point.id in self.holder.maintains

    @property
    def holds_already(self) -> bool:
        """Return whether the holder is the member who is using this machine now."""
        return self.context.held_by is not None and self.context.held_by == self.holder.member

    def is_within(self, schedule_id: str | None) -> bool:
        """Return whether a schedule is open now: True without a schedule, False for an unknown
        one."""
        if schedule_id is None:
            return True
        schedule = self.site.schedules.get(schedule_id)
        return schedule is not None and is_open(schedule, self.site.time_zone, self.now)


@dataclass(frozen=True, slots=True)
class Denial:
    """The reason of a failed check, with its detail."""

    reason: DenyReason
    detail: Detail = field(default_factory=Detail)


def first_after(now: Utc, *moments: Utc | None) -> Utc | None:
    """Return the earliest of the moments in the future, or None."""
    return min((m for m in moments if m is not None and m > now), default=None)
