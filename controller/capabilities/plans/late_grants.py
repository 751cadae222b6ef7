"""Finds late reports of grants that no known subscription or pass of that time explains."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CompoundSelect, literal, null, select, union_all
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans import pass_days
from controller.capabilities.plans.changes import GrantWithoutPlan
from controller.capabilities.plans.models import PassRow, PlanRow, SubscriptionRow
from controller.capabilities.plans.periods import Period
from controller.capabilities.plans.plan_access import period_opens_point
from controller.domain.access.case import Case
from controller.domain.facts import AccessPoint, Context, CredentialKind, Holder, Site
from controller.domain.ids import MemberRef
from controller.domain.time import Utc
from controller.kernel.capability import react
from controller.kernel.errors import NotFound
from controller.kernel.names import members_of
from controller.kernel.projections import StoredEvent
from controller.policy import facts_of
from controller.wire.events import AccessGranted, SessionStarted


def report_grants_without_plan(db: Session, events: Sequence[StoredEvent], _now: Utc) -> None:
    """Publish a `GrantWithoutPlan` for each member, agent and day with such a grant.

    Grants that arrive in time cost nothing. Late ones cost one query for all, and some for each
    site and access point.
    """
    late = [
        (stored, event.member, event.access_point)
        for stored in events
        if stored.arrived_late
        and isinstance(event := stored.event, AccessGranted | SessionStarted)
        and event.member
        and event.access_point
    ]
    if not late:
        return
    refs: set[str] = {ref for _stored, ref, _point in late}
    plans = _plans(db, refs)
    not_members = refs - plans.keys()
    gone = not_members - members_of(db, not_members).keys()
    places = _Places(db)
    reported = set()
    for stored, ref, point_id in late:
        place = places.find(stored, point_id)
        is_group = ref not in plans and ref not in gone
        if place is None or is_group or _is_explained(stored, ref, place, plans.get(ref, [])):
            continue
        site, point = place
        key = (ref, stored.agent, _day(stored, site))
        is_gone = ref in gone
        if key not in reported and (is_gone or not _may_enter(db, stored, ref, site, point)):
            reported.add(key)
            report(db, stored, ref, point_id, site, is_gone=is_gone)


def report(
    db: Session, stored: StoredEvent, ref: str, point_id: str, site: Site, *, is_gone: bool = False
) -> None:
    """Publish a `GrantWithoutPlan` for a late grant."""
    grant = GrantWithoutPlan(
        site=stored.site,
        agent=stored.agent,
        access_point=point_id,
        member_ref=ref,
        is_gone=is_gone,
        day=_day(stored, site),
        at=stored.best_time,
    )
    react(db, grant)


def _day(stored: StoredEvent, site: Site) -> date:
    return stored.estimate.astimezone(ZoneInfo(site.time_zone)).date()


class _Places:
    """The sites and access points of late grants, each read once."""

    def __init__(self, db: Session) -> None:
        self._db = db
        self._sites: dict[object, Site] = {}
        self._points: dict[object, AccessPoint | None] = {}

    def find(self, stored: StoredEvent, point_id: str) -> tuple[Site, AccessPoint] | None:
        """Return where it was; None if the access point is gone, or asks nobody for a plan."""
        at = stored.estimate
        if (key := (stored.site, point_id)) not in self._points:
            self._points[key] = self._read_point(stored, point_id)
        point = self._points[key]
        if point is None or not point.requirement.subscription:
            return None
        day = (stored.site, at.date())
        if day not in self._sites:
            self._sites[day] = facts_of.site(self._db, stored.site, at)
        return self._sites[day], point

    def _read_point(self, stored: StoredEvent, point_id: str) -> AccessPoint | None:
        try:
            return facts_of.point(self._db, stored.site, point_id, stored.estimate)
        except NotFound:
            return None


_Plans = list[tuple[Period, Utc | None]]
"""Subscriptions and passes of a member, with when they were entered."""


def _plans(db: Session, refs: set[str]) -> dict[str, _Plans]:
    """Return the subscriptions and passes of members; an empty list for one without any."""
    of_refs = MemberRow.ref.in_(refs)
    subscriptions = (
        select(
            MemberRow.ref,
            SubscriptionRow.plan_id,
            PlanRow.grace_days,
            SubscriptionRow.valid_from,
            SubscriptionRow.valid_until,
            SubscriptionRow.entered_at,
        )
        .join(SubscriptionRow, SubscriptionRow.member_id == MemberRow.id)
        .join(PlanRow, PlanRow.id == SubscriptionRow.plan_id)
        .where(of_refs)
    )
    span = (PassRow.valid_from, PassRow.valid_until, PassRow.entered_at)
    passes = select(MemberRow.ref, PassRow.plan_id, literal(0), *span)
    passes = passes.join(PassRow, PassRow.member_id == MemberRow.id)
    nothing = select(MemberRow.ref, null(), null(), null(), null(), null()).where(of_refs)
    statement: CompoundSelect[Any] = union_all(subscriptions, passes.where(of_refs), nothing)
    plans = defaultdict[str, _Plans](list)
    for row in db.execute(statement):
        period = Period(row.plan_id, row.grace_days, row.valid_from, row.valid_until)
        plans[row.ref] += [(period, row.entered_at)] if row.plan_id else []
    return plans


def _is_explained(
    stored: StoredEvent, ref: str, place: tuple[Site, AccessPoint], plans: _Plans
) -> bool:
    """Return whether a plan that was entered by then opened the access point at that time, or may
    have if it is unknown."""
    site, point = place
    holder = Holder(member=MemberRef(ref))
    return any(
        (entered_at is None or entered_at <= at)
        and period_opens_point(period, holder, point, site, at)
        for at in {stored.estimate, stored.best_time}
        for period, entered_at in plans
    )


def _may_enter(db: Session, stored: StoredEvent, ref: str, site: Site, point: AccessPoint) -> bool:
    """Return whether the member needs no subscription there, as a guest, or leaving."""
    member = db.scalars(select(MemberRow).where(MemberRow.ref == ref)).one()
    at, event = stored.estimate, stored.event
    is_guest = (
        event.credential_kind is CredentialKind.GUEST
        if isinstance(event, AccessGranted)
        else pass_days.is_guest_badge(db, stored.site, getattr(event, "credential", None), at)
    )
    holder = pass_days.holder_at_reader(db, member, stored.site, at, is_guest=is_guest)
    return not Case(holder, point, site, at, Context()).asks_subscription
