"""Explains what a member's tap would be answered, with `decide()` and the agents' facts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentState
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.machines.access_points import access_point_row, door_ids
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.machines.shapes import Explained
from controller.capabilities.members.members import member_row
from controller.capabilities.members.network import sites_of
from controller.capabilities.training.next_sessions import next_sessions
from controller.capabilities.training.shapes import NextSession
from controller.capabilities.usage.models import SessionRow
from controller.domain.access.counts import with_presence
from controller.domain.access.decide import decide
from controller.domain.access.decision import Decision, DenyReason, Detail
from controller.domain.access.limits import SOON, may_matter
from controller.domain.access.missing_rights import missing_rights
from controller.domain.facts import AccessPoint, Booking, Context, Holder, Name, Site, Window
from controller.domain.ids import AccessPointId, MemberRef
from controller.domain.locale.catalogue import Translator
from controller.domain.locale.decision import Text, explain
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.jsontypes import to_json
from controller.kernel.translation import in_every_language
from controller.policy import facts_of

_ANY, _NAMELESS = AccessPointId(""), Name()
_MENDED_BY_A_COURSE = (DenyReason.CERTIFICATION_MISSING, DenyReason.CERTIFICATION_EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointDecision:
    """The decision on a member at an access point, with the site that its text needs."""

    point: AccessPoint
    decision: Decision
    site: Site
    missing_rights: tuple[Decision, ...] = ()
    """All rights that the member lacks there; set only by `decisions_of_member`."""

    def with_decision(self, lack: Decision) -> Self:
        """Return a copy with one of the missing rights as the decision, to explain it."""
        return replace(self, decision=lack)


@dataclass(frozen=True, slots=True)
class _Moment:
    """What the decisions at all access points of a site have in common."""

    site: Site
    windows: tuple[Window, ...]
    bookings: Mapping[str, list[Booking]]
    """Bookings that may affect a decision now, by access point."""
    now: Utc

    @classmethod
    def read(cls, db: Session, site_id: str, now: Utc) -> Self:
        """Read the policy's facts. Raises NotFound."""
        site, windows = facts_of.site(db, site_id, now), facts_of.windows(db, site_id, now)
        bookings = defaultdict[str, list[Booking]](list)
        soon = select(BookingRow.id).where(
            BookingRow.site_id == site_id,
            BookingRow.starts_at <= now + SOON,
            BookingRow.ends_at > now,
        )
        for booking in facts_of.bookings_of(db, site_id, db.scalars(soon).all(), now):
            if may_matter(booking, now):
                bookings[booking.access_point].append(booking)
        return cls(site, windows, bookings, now)


@dataclass(frozen=True, slots=True)
class _State:
    """The last reported state of an access point whose agent is connected."""

    state: str | None
    in_use: bool
    member_ref: str | None
    """The member whose session is running."""


def _states(db: Session, points: Sequence[AccessPoint]) -> dict[str, _State]:
    """Return the states by access point, without those of offline agents; two SQL queries."""
    agents = {point.id: point.agent for point in points if point.agent}
    is_agent = AgentState.agent_id.in_(set(agents.values()))
    online = set(db.scalars(select(AgentState.agent_id).where(is_agent, AgentState.online)))
    online_points = [point for point, agent in agents.items() if agent in online]
    if not online_points:
        return {}
    of_point = PointStateRow.access_point_id
    rows = (
        select(of_point, PointStateRow.state, SessionRow.id, SessionRow.member_ref)
        .outerjoin(SessionRow, SessionRow.id == PointStateRow.session_id)
        .where(of_point.in_(online_points))
    )
    return {
        point: _State(state, session is not None, ref)
        for point, state, session, ref in db.execute(rows)
    }


def explain_access(
    db: Session, member_id: str, access_point_id: str, *, actor: Actor, now: Utc
) -> Explained:
    """Return the decision on the member's best badge, explained. Raises NotFound."""
    member_row(db, member_id, actor)
    row = access_point_row(db, access_point_id, actor)
    point = facts_of.point(db, row.site_id, row.id, now)
    point_decision = _decide_on_point(
        facts_of.best_holder(db, member_id, row.site_id, now),
        point,
        _Moment.read(db, row.site_id, now),
        _states(db, [point]).get(point.id),
    )
    return msgspec.structs.replace(
        shape(db, point_decision), next_course_session=_next_session(db, point_decision)
    )


def decisions_of_member(
    db: Session, member_id: str, *, actor: Actor, now: Utc, only_doors: bool = False
) -> list[PointDecision]:
    """Return the decision at every access point of the sites that know the member.

    `only_doors`: without machines, at sites that have doors.

    The home site comes first, then the others by id. Unless members ask about themselves, sites at
    which the actor may not read members are left out.
    """
    member = member_row(db, member_id, actor)
    is_own = actor.member_id == member.id
    sites = [
        site
        for site in sorted(
            sites_of(db, member), key=lambda site_id: (site_id != member.site_id, site_id)
        )
        if is_own or actor.may(Permission.MEMBERS_READ, site)
    ]
    return [
        decisions_here
        for site in sites
        for decisions_here in _decisions_at_site(db, member.id, site, now, only_doors)
    ]


def _decisions_at_site(
    db: Session, member_id: str, site_id: str, now: Utc, only_doors: bool
) -> list[PointDecision]:
    holder = facts_of.best_holder(db, member_id, site_id, now)
    moment = _Moment.read(db, site_id, now)
    doors = facts_of.points_of(db, site_id, door_ids(db, site_id), now) if only_doors else []
    points = doors or facts_of.points(db, site_id, now)
    states = _states(db, points)
    person = holder or facts_of.rights_of(db, member_id, site_id, now)

    def judge(point: AccessPoint) -> PointDecision:
        verdict = _decide_on_point(holder, point, moment, states.get(point.id))
        if person is None:
            return verdict
        missing = missing_rights(person, point, moment.site, now, has_badge=holder is not None)
        return replace(verdict, missing_rights=missing)

    # many machines of a place are alike, and decide() takes longer than to see that they are
    verdicts = dict[object, PointDecision]()
    result = []
    for point in points:
        key = _decision_key(point, person, moment), states.get(point.id)
        if key not in verdicts:
            verdicts[key] = judge(point)
        result.append(replace(verdicts[key], point=point))
    return result


def _decision_key(point: AccessPoint, person: Holder | None, moment: _Moment) -> AccessPoint:
    """Return what `decide()` reads of a point: those that are equal get the same decision.

    That is all but its names, unless somebody has booked it or the person maintains it.
    """
    if point.id in moment.bookings or (person is not None and point.id in person.maintains):
        return point
    return replace(point, id=_ANY, agent=None, name=_NAMELESS, icon="")


def shape(db: Session, point_decision: PointDecision) -> Explained:
    """Return the decision for the API; its detail has only the fields that are set."""
    decision = point_decision.decision
    unset = to_json(Detail())
    detail = {key: value for key, value in to_json(decision.detail).items() if value != unset[key]}
    return Explained(
        access_point=point_decision.point.id,
        granted=decision.granted,
        reason=decision.reason,
        detail=detail,
        text=in_every_language(db, lambda words: str(decision_text(point_decision, words))),
    )


def _next_session(db: Session, point_decision: PointDecision) -> NextSession | None:
    """Return the next course session that would give a missing certification, if any."""
    if point_decision.decision.reason not in _MENDED_BY_A_COURSE:
        return None
    sessions = next_sessions(db, point_decision.site.id, after=point_decision.decision.at)
    missing_certifications = {
        certification
        for group in point_decision.decision.detail.certifications
        for certification in group
    }
    candidates = [row for key, row in sessions.items() if key in missing_certifications]
    row = min(candidates, key=lambda session: session.starts_at, default=None)
    if row is None:
        return None
    free = None if row.places is None else row.places - row.taken
    return NextSession(id=row.id, course_id=row.course_id, starts_at=row.starts_at, free=free)


def decision_text(point_decision: PointDecision, translator: Translator) -> Text:
    """Return the decision as text."""
    return explain(point_decision.decision, point_decision.point, point_decision.site, translator)


def _decide_on_point(
    holder: Holder | None, point: AccessPoint, moment: _Moment, state: _State | None
) -> PointDecision:
    context = Context() if holder is None else _context(holder, point, moment, state)
    decision = decide(holder, point, moment.site, moment.now, context)
    return PointDecision(point=point, decision=decision, site=moment.site)


def _context(holder: Holder, point: AccessPoint, moment: _Moment, state: _State | None) -> Context:
    """Return the tap's context from the last reported state, with the badge's strongest proof."""
    user = state.member_ref if state else None
    context = Context(
        assurance=holder.assurance,
        clock_trusted=True,
        policy_age_s=0.0,
        held_by=MemberRef(user) if user else None,
        held_running=state.state == "running" if state and state.in_use else None,
        windows=moment.windows,
        bookings=tuple(moment.bookings.get(point.id, ())),
        fault_latched=state is not None and state.state == "fault",
    )
    return with_presence(context, point, moment.site)
