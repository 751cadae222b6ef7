"""One tap to judge: everything that `decide()` was given, and what checks answer."""

from dataclasses import dataclass, field

from controller.domain.access.decision import DenyReason, Detail
from controller.domain.facts import AccessPoint, Context, CredentialKind, Holder, Plan, Site, Zone
from controller.domain.schedule import is_open
from controller.domain.time import Utc


@dataclass(frozen=True, slots=True)
class Case:
    """A known holder at an access point, at a moment."""

    holder: Holder
    point: AccessPoint
    site: Site
    now: Utc
    context: Context

    @property
    def asks_subscription(self) -> bool:
        """Whether a subscription is needed. Guests and groups need none, and nobody is kept from
        leaving by one that has ended."""
        of_member = self.holder.kind is CredentialKind.MEMBER
        return of_member and self.point.requirement.subscription and not self.leads_out

    @property
    def plan(self) -> Plan | None:
        """The plan of the holder's subscription, whether or not it has begun or ended."""
        return self.site.plans.get(self.holder.plan) if self.holder.plan is not None else None

    @property
    def zone(self) -> Zone | None:
        """The zone that the access point is in or leads to."""
        return self.site.zones.get(self.point.zone) if self.point.zone is not None else None

    @property
    def leads_out(self) -> bool:
        """Whether the point is a way out: a door from a zone to none."""
        return self.point.from_zone is not None and self.point.zone is None

    @property
    def is_maintainer(self) -> bool:
        """Whether the holder is a maintainer of this very access point."""
        return self.point.id in self.holder.maintains

    @property
    def holds_already(self) -> bool:
        """Whether this is the machine's own holder."""
        return self.context.held_by is not None and self.context.held_by == self.holder.member

    def is_within(self, schedule_id: str | None) -> bool:
        """Whether a schedule is open now: none asked is always, one that is unknown is never."""
        if schedule_id is None:
            return True
        schedule = self.site.schedules.get(schedule_id)
        return schedule is not None and is_open(schedule, self.site.time_zone, self.now)


@dataclass(frozen=True, slots=True)
class Denial:
    """A reason that holds, with its detail."""

    reason: DenyReason
    detail: Detail = field(default_factory=Detail)


def first_after(now: Utc, *moments: Utc | None) -> Utc | None:
    """The earliest of the moments that are known and still to come."""
    return min((m for m in moments if m is not None and m > now), default=None)
