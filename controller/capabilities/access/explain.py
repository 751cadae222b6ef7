"""What a member's tap would be answered, and why: `decide()` on the same facts as the agent's."""

from dataclasses import dataclass
from typing import Self

import msgspec
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentState
from controller.capabilities.machines.access_points import access_point_row
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.machines.shapes import Explained
from controller.capabilities.members.members import member_row
from controller.capabilities.members.network import sites_of
from controller.capabilities.training.next_sessions import next_sessions
from controller.capabilities.training.shapes import NextSession
from controller.capabilities.usage.models import SessionRow
from controller.domain.access.counts import with_presence
from controller.domain.access.decide import decide
from controller.domain.access.decision import Decision, Detail
from controller.domain.access.reasons import DenyReason
from controller.domain.facts import AccessPoint, Booking, Context, Holder, Site, Window
from controller.domain.ids import MemberRef
from controller.domain.time import Utc
from controller.domain.words.catalogue import Words
from controller.domain.words.decision import Text, explain
from controller.kernel.actor import Actor, Permission
from controller.kernel.jsontypes import to_json
from controller.kernel.words import in_every_language
from controller.policy import facts_of

_MENDED_BY_A_COURSE = (DenyReason.CERTIFICATION_MISSING, DenyReason.CERTIFICATION_EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An access point, the decision on a member there, and the site for putting it in words."""

    point: AccessPoint
    decision: Decision
    site: Site


@dataclass(frozen=True, slots=True)
class _Moment:
    """What all access points of a site share now."""

    site: Site
    windows: tuple[Window, ...]
    bookings: tuple[Booking, ...]
    now: Utc

    @classmethod
    def read(cls, db: Session, site_id: str, now: Utc) -> Self:
        """As the policy has it. Raises NotFound."""
        site, windows = facts_of.site(db, site_id, now), facts_of.windows(db, site_id, now)
        return cls(site, windows, facts_of.bookings(db, site_id, now), now)


def access(
    db: Session, member_id: str, access_point_id: str, *, actor: Actor, now: Utc
) -> Explained:
    """The explained decision for the member's best badge. Raises NotFound."""
    member_row(db, member_id, actor)
    row = access_point_row(db, access_point_id, actor)
    judged = _judge(
        db,
        facts_of.best_holder(db, member_id, row.site_id, now),
        facts_of.point(db, row.site_id, row.id, now),
        _Moment.read(db, row.site_id, now),
    )
    return msgspec.structs.replace(shape(db, judged), next_course_session=_next(db, judged))


def can_use(db: Session, member_id: str, *, actor: Actor, now: Utc) -> list[Judged]:
    """The decision at every access point of the sites that know the member, home first, by id."""
    member = member_row(db, member_id, actor)
    own = actor.member_id == member.id
    sites = [
        site
        for site in sorted(sites_of(db, member), key=lambda each: (each != member.site_id, each))
        if own or actor.may(Permission.MEMBERS_READ, site)
    ]
    return [judged for site in sites for judged in _can_use_at(db, member.id, site, now)]


def _can_use_at(db: Session, member_id: str, site_id: str, now: Utc) -> list[Judged]:
    holder = facts_of.best_holder(db, member_id, site_id, now)
    moment = _Moment.read(db, site_id, now)
    return [_judge(db, holder, point, moment) for point in facts_of.points(db, site_id, now)]


def shape(db: Session, judged: Judged) -> Explained:
    """As the API gives it; of the detail only what is set."""
    decision = judged.decision
    unset = to_json(Detail())
    detail = {key: value for key, value in to_json(decision.detail).items() if value != unset[key]}
    return Explained(
        access_point=judged.point.id,
        granted=decision.granted,
        reason=decision.reason,
        detail=detail,
        text=in_every_language(db, lambda words: str(told(judged, words))),
    )


def _next(db: Session, judged: Judged) -> NextSession | None:
    """The course session to enrol in, when a certification is what is wanting."""
    if judged.decision.reason not in _MENDED_BY_A_COURSE:
        return None
    sessions = next_sessions(db, judged.site.id)
    wanting = {each for any_of in judged.decision.detail.certifications for each in any_of}
    found = [row for key, row in sessions.items() if key in wanting]
    row = min(found, key=lambda each: each.starts_at, default=None)
    if row is None or row.starts_at <= judged.decision.at:
        return None
    free = None if row.places is None else row.places - row.taken
    return NextSession(id=row.id, course_id=row.course_id, starts_at=row.starts_at, free=free)


def told(judged: Judged, words: Words) -> Text:
    """The decision in words."""
    return explain(judged.decision, judged.point, judged.site, words)


def _judge(db: Session, holder: Holder | None, point: AccessPoint, moment: _Moment) -> Judged:
    context = Context() if holder is None else _context(db, holder, point, moment)
    decision = decide(holder, point, moment.site, moment.now, context)
    return Judged(point=point, decision=decision, site=moment.site)


def _context(db: Session, holder: Holder, point: AccessPoint, moment: _Moment) -> Context:
    """This moment as the agent last told it, and a tap that proves what the badge can."""
    state = db.get(PointStateRow, point.id)
    agent = db.get(AgentState, point.agent) if point.agent else None
    known = state is not None and agent is not None and agent.online
    session = db.get(SessionRow, state.session_id) if known and state and state.session_id else None
    context = Context(
        assurance=holder.assurance,
        clock_trusted=True,
        policy_age_s=0.0,
        held_by=MemberRef(session.member_ref) if session and session.member_ref else None,
        held_running=state.state == "running" if session and state else None,
        windows=moment.windows,
        bookings=tuple(each for each in moment.bookings if each.access_point == point.id),
        fault_latched=bool(known and state and state.state == "fault"),
    )
    return with_presence(context, point, moment.site)
