"""What a new rule would change before it is saved: who could use it after, who loses, who gains."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.machines.access_points import access_point_row, to_requirement
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.machines.shapes import RequirementShape
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at
from controller.capabilities.training.models import HeldRow
from controller.capabilities.usage.models import SessionRow
from controller.domain.access.decide import decide
from controller.domain.access.decision import Decision
from controller.domain.access.reasons import DenyReason
from controller.domain.facts import AccessPoint, Context, Holder, Requirement, Site
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.names import Person, members_of
from controller.policy import facts_of

COULD = frozenset(
    {None, DenyReason.SUPERVISOR_REQUIRED, DenyReason.COMPANY_REQUIRED, DenyReason.BOOKING_REQUIRED}
)
"""Answers to those who have the right: yes, or yes with somebody there, or once booked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """Somebody who loses or gains the right: by which decision, and what stands in between."""

    member_id: str | None
    name: str
    decision: Decision
    """After the change, of who loses; before it, of who gains."""
    uses_it: bool = False
    booked_at: Utc | None = None
    """The start of the next booking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How many people could use it before and after, whatever the hour; by name who is touched."""

    before: int
    after: int
    loses: tuple[Touched, ...]
    gains: tuple[Touched, ...]
    keeps_using: str | None
    """Who uses it now and keeps the right."""
    site: Site
    point: AccessPoint
    """With the new rule."""


@dataclass(frozen=True, slots=True)
class _Change:
    holder: Holder
    before: Decision
    after: Decision


def of_rule(
    db: Session, access_point_id: str, rule: RequirementShape, *, actor: Actor, now: Utc
) -> Effect:
    """What this rule would change. Raises NotFound, Forbidden.

    Everybody with a badge is judged by `decide()` with the old and the new rule, as if the place
    were open and the machine in service and free: hours pass by themselves, rights don't.
    """
    row = access_point_row(db, access_point_id, actor)
    actor.require(Permission.RULES_WRITE, row.site_id)
    site = _open(facts_of.site(db, row.site_id, now))
    point = _ready(facts_of.point(db, row.site_id, row.id, now))
    ruled = replace(point, requirement=to_requirement(rule))
    could = [
        _Change(each, _judge(each, point, site, now), _judge(each, ruled, site, now))
        for each in _people(db, row.site_id, point.requirement, ruled.requirement, now)
    ]
    return _effect(db, could, site, ruled, now)


def _effect(db: Session, could: list[_Change], site: Site, point: AccessPoint, now: Utc) -> Effect:
    user = _user(db, point.id)
    loses = [each for each in could if _may(each.before) and not _may(each.after)]
    gains = [each for each in could if _may(each.after) and not _may(each.before)]
    names = members_of(db, [user, *(str(each.holder.member) for each in (*loses, *gains))])
    booked = _booked(db, site.id, point, now)

    def touched(each: _Change, decision: Decision) -> Touched:
        ref = str(each.holder.member)
        member_id, name = names.get(ref, (None, ref))
        return Touched(
            member_id=member_id,
            name=name,
            decision=decision,
            uses_it=ref == user,
            booked_at=booked.get(ref),
        )

    keeps = next((each for each in could if str(each.holder.member) == user), None)
    return Effect(
        before=sum(_may(each.before) for each in could),
        after=sum(_may(each.after) for each in could),
        loses=_sorted(touched(each, each.after) for each in loses),
        gains=_sorted(touched(each, each.before) for each in gains),
        keeps_using=_name(names, user) if keeps and _may(keeps.after) else None,
        site=site,
        point=point,
    )


def _sorted(people: Iterable[Touched]) -> tuple[Touched, ...]:
    """Who uses or has booked it first, then by name."""

    def place(each: Touched) -> tuple[bool, bool, str]:
        return (not each.uses_it, each.booked_at is None, each.name.casefold())

    return tuple(sorted(people, key=place))


def _name(names: Mapping[str, Person], ref: str | None) -> str | None:
    return names[ref][1] if ref is not None and ref in names else None


def _may(decision: Decision) -> bool:
    return decision.reason in COULD


def _judge(holder: Holder, point: AccessPoint, site: Site, now: Utc) -> Decision:
    context = Context(assurance=holder.assurance, clock_trusted=True, policy_age_s=0.0)
    return decide(holder, point, site, now, context)


def _open(site: Site) -> Site:
    """The same place at an hour at which everything is open, with room for everybody."""
    plans = {key: replace(each, schedule=None) for key, each in site.plans.items()}
    zones = {key: replace(each, capacity=None) for key, each in site.zones.items()}
    return replace(site, opening=None, plans=plans, zones=zones)


def _ready(point: AccessPoint) -> AccessPoint:
    return replace(point, in_service=True, service_reason=None, commissioned=True)


def _people(
    db: Session, site_id: str, old: Requirement, new: Requirement, now: Utc
) -> Iterator[Holder]:
    """The best badge of everybody known at the site who has one and may be concerned."""
    known = select(MemberRow.id).where(known_at([site_id]))
    if old.certifications and new.certifications:  # who lacks one of a rule has no right by it
        known = known.where(or_(_holds_all(old), _holds_all(new)))
    return facts_of.best_holders(db, db.scalars(known).all(), site_id, now)


def _holds_all(rule: Requirement) -> ColumnElement[bool]:
    """Members who hold one of each group, in whatever state."""
    groups = (
        select(HeldRow.member_id).where(HeldRow.certification_id.in_(group))
        for group in rule.certifications
    )
    return and_(*(MemberRow.id.in_(each) for each in groups))


def _user(db: Session, access_point_id: str) -> str | None:
    """The reference of who uses it now, as its agent last told."""
    running = (
        select(SessionRow.member_ref)
        .join(PointStateRow, PointStateRow.session_id == SessionRow.id)
        .where(PointStateRow.access_point_id == access_point_id, SessionRow.ended_at.is_(None))
    )
    return db.scalar(running)


def _booked(db: Session, site_id: str, point: AccessPoint, now: Utc) -> dict[str, Utc]:
    """The next booking of each who has one here."""
    found: dict[str, Utc] = {}
    for each in facts_of.bookings(db, site_id, now):
        if each.access_point == point.id and each.ends_at > now:
            ref = str(each.member)
            found[ref] = min(found.get(ref, each.starts_at), each.starts_at)
    return found
