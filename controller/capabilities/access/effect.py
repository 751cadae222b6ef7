"""Preview of a new rule: who could use the access point, who would lose the right and who would
gain it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.access.holder_classes import HolderClass, classify_holders, holder_rows
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.machines.access_points import access_point_row, to_requirement
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.machines.shapes import RequirementShape
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.search import words
from controller.capabilities.training.models import HeldRow
from controller.capabilities.usage.models import SessionRow
from controller.domain.access.decide import decide
from controller.domain.access.decision import Decision, DenyReason
from controller.domain.facts import AccessPoint, Assurance, Context, Holder, Requirement, Site
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.names import members_of
from controller.policy import facts_of

REASONS_WITH_RIGHT = frozenset(
    {None, DenyReason.SUPERVISOR_REQUIRED, DenyReason.COMPANY_REQUIRED, DenyReason.BOOKING_REQUIRED}
)
"""Reasons that still mean that the person has the right, perhaps with supervision or a booking."""
NAME_LIMIT = 30
"""Maximum number of people listed by name; the others are counted."""
MEMBER_LIMIT = 300
"""Maximum number of people from whom the listed names are chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedMember:
    """A member who loses or gains the right."""

    member_id: str | None
    name: str
    decision: Decision
    """For a loss the decision after the change, for a gain the one before it."""
    is_current_user: bool = False
    booked_at: Utc | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How many people may use the access point before and after, and the names of those
    affected."""

    before: int
    after: int
    loses_n: int
    gains_n: int
    loses: tuple[AffectedMember, ...]
    """At most `NAME_LIMIT` members."""
    gains: tuple[AffectedMember, ...]
    keeps_using: str | None
    """The current user, if they keep the right."""
    site: Site
    point: AccessPoint
    """The access point with the new rule."""


@dataclass(frozen=True, slots=True)
class CopyableBadges:
    """How many people may use an access point, and how many of them have a badge that can be
    copied."""

    people: int
    copyable: int


@dataclass(frozen=True, slots=True)
class _Rules:
    """The access point with the old and the new rule, and the site with everything open."""

    before: AccessPoint
    after: AccessPoint
    site: Site
    now: Utc


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Whether people with the same facts may use the access point, before and after the change."""

    before: bool
    after: bool


def of_rule(
    db: Session, access_point_id: str, rule: RequirementShape, *, actor: Actor, now: Utc
) -> Effect:
    """Return what a new rule would change.

    Everybody with a badge is judged by `decide()` under both rules, as if the place were open and
    the machine in service and free. Each class of equal facts is judged once (`holder_classes`).
    Raises NotFound, Forbidden.
    """
    row = access_point_row(db, access_point_id, actor)
    actor.require(Permission.RULES_WRITE, row.site_id)
    point = _as_in_service(facts_of.point(db, row.site_id, row.id, now))
    changed_point = replace(point, requirement=to_requirement(rule))
    rules = _Rules(
        point, changed_point, _with_everything_open(facts_of.site(db, row.site_id, now)), now
    )
    return _effect(db, _verdicts(_people(db, rules), rules), rules)


def count_copyable(db: Session, access_point_id: str, *, actor: Actor, now: Utc) -> CopyableBadges:
    """Count the people who may use an access point, and those whose badge can be copied.

    Raises NotFound, Forbidden.
    """
    row = access_point_row(db, access_point_id, actor)
    actor.require(Permission.RULES_READ, row.site_id)
    point = _as_in_service(facts_of.point(db, row.site_id, row.id, now))
    protected_point = replace(
        point, requirement=replace(point.requirement, assurance=Assurance.SUN)
    )
    site = facts_of.site(db, row.site_id, now)
    rules = _Rules(point, protected_point, _with_everything_open(site), now)
    verdicts = _verdicts(_people(db, rules), rules)
    users = [verdict for verdict in verdicts.values() if verdict.before]
    return CopyableBadges(len(users), sum(not verdict.after for verdict in users))


def _verdicts(people: Mapping[str, HolderClass], rules: _Rules) -> dict[str, _Verdict]:
    by_class = {
        holder_class: _verdict(holder_class.holder(), rules)
        for holder_class in set(people.values())
    }
    return {ref: by_class[holder_class] for ref, holder_class in people.items()}


def _effect(db: Session, verdicts: Mapping[str, _Verdict], rules: _Rules) -> Effect:
    user = _user(db, rules.after.id)
    loses = [ref for ref, verdict in verdicts.items() if verdict.before and not verdict.after]
    gains = [ref for ref, verdict in verdicts.items() if verdict.after and not verdict.before]
    user_keeps_right = user is not None and user in verdicts and verdicts[user].after
    return Effect(
        before=sum(verdict.before for verdict in verdicts.values()),
        after=sum(verdict.after for verdict in verdicts.values()),
        loses_n=len(loses),
        gains_n=len(gains),
        loses=_affected_members(db, loses, rules, rules.after, user),
        gains=_affected_members(db, gains, rules, rules.before, user),
        keeps_using=_name(db, user) if user_keeps_right else None,
        site=rules.site,
        point=rules.after,
    )


def _affected_members(
    db: Session, refs: list[str], rules: _Rules, point: AccessPoint, user: str | None
) -> tuple[AffectedMember, ...]:
    """Return the first `NAME_LIMIT` people: the current user, then those with a booking, then by
    name."""
    booked = _next_bookings(db, rules.site.id, rules.after, rules.now)
    listed_first = [ref for ref in refs if ref == user or ref in booked]
    names = members_of(db, dict.fromkeys((*listed_first, *refs[:MEMBER_LIMIT])))

    def sort_key(ref: str) -> tuple[bool, bool, list[str]]:
        return ref != user, ref not in booked, words(names[ref][1])

    listed = sorted(names, key=sort_key)[:NAME_LIMIT]
    ids = [key for key in (names[ref][0] for ref in listed) if key is not None]
    holders = facts_of.best_holders(db, ids, rules.site.id, rules.now)
    decisions = {str(holder.member): _decide(holder, point, rules) for holder in holders}
    return tuple(
        AffectedMember(
            member_id=names[ref][0],
            name=names[ref][1],
            decision=decisions[ref],
            is_current_user=ref == user,
            booked_at=booked.get(ref),
        )
        for ref in listed
        if ref in decisions
    )


def _name(db: Session, ref: str | None) -> str | None:
    return next((name for _id, name in members_of(db, [ref]).values()), None)


def _verdict(holder: Holder, rules: _Rules) -> _Verdict:
    before, after = (_decide(holder, point, rules) for point in (rules.before, rules.after))
    return _Verdict(before.reason in REASONS_WITH_RIGHT, after.reason in REASONS_WITH_RIGHT)


def _decide(holder: Holder, point: AccessPoint, rules: _Rules) -> Decision:
    context = Context(assurance=holder.assurance, clock_trusted=True, policy_age_s=0.0)
    return decide(holder, point, rules.site, rules.now, context)


def _with_everything_open(site: Site) -> Site:
    """Return the site as if everything were open, without capacity limits."""
    plans = {key: replace(plan, schedule=None) for key, plan in site.plans.items()}
    zones = {key: replace(zone, capacity=None) for key, zone in site.zones.items()}
    return replace(site, opening=None, plans=plans, zones=zones)


def _as_in_service(point: AccessPoint) -> AccessPoint:
    return replace(point, in_service=True, service_reason=None, commissioned=True)


def _people(db: Session, rules: _Rules) -> dict[str, HolderClass]:
    """Return the members with a badge who may be affected, by reference."""
    old, new = (point.requirement for point in (rules.before, rules.after))
    required = {
        certification
        for rule in (old, new)
        for group in rule.certifications
        for certification in group
    }
    only = None
    if (
        old.certifications and new.certifications
    ):  # without one certification of each group, a member can't have the right
        holding = select(MemberRow.id).where(or_(_holds_all(old), _holds_all(new)))
        only = select(CredentialRow.holder_key).where(CredentialRow.member_id.in_(holding))
    return classify_holders(holder_rows(db, rules.site.id, only), required, rules.now)


def _holds_all(rule: Requirement) -> ColumnElement[bool]:
    """Condition: the member holds one certification of each group, in any state."""
    groups = (
        select(HeldRow.member_id).where(HeldRow.certification_id.in_(group))
        for group in rule.certifications
    )
    return and_(*(MemberRow.id.in_(group) for group in groups))


def _user(db: Session, access_point_id: str) -> str | None:
    """Return the reference of the current user, as last reported by the agent, or None."""
    running = (
        select(SessionRow.member_ref)
        .join(PointStateRow, PointStateRow.session_id == SessionRow.id)
        .where(PointStateRow.access_point_id == access_point_id, SessionRow.ended_at.is_(None))
    )
    return db.scalar(running)


def _next_bookings(db: Session, site_id: str, point: AccessPoint, now: Utc) -> dict[str, Utc]:
    """Return the start of each member's next booking of the access point, by member reference."""
    next_starts: dict[str, Utc] = {}
    for booking in facts_of.bookings(db, site_id, now):
        if booking.access_point == point.id and booking.ends_at > now:
            ref = str(booking.member)
            next_starts[ref] = min(next_starts.get(ref, booking.starts_at), booking.starts_at)
    return next_starts
