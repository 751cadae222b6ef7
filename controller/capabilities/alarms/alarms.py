"""Lists alarms, and lets people take charge of them and resolve them."""

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from controller.capabilities.agents.models import AgentRow
from controller.capabilities.alarms.alarm_suppression import without_explained
from controller.capabilities.alarms.models import Alarm as AlarmRow
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members.models import MemberRow
from controller.domain.states import FaultKind
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict
from controller.kernel.mapping import to_shape
from controller.kernel.names import names_of
from controller.kernel.news import News
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page, site_branches
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, visible
from controller.kernel.shapes import Note, Shape, Slug

# News that this feature publishes through the outbox.


class AlarmNews(News, frozen=True, kw_only=True):
    """An alarm was raised, somebody has taken charge of it, or it has ended."""

    FEATURE = "alarms"
    WHAT = "alarm"


BY_HAND = frozenset(
    {
        "door_forced",
        "power_cut",
        "journal_degraded",
        "journal_fork",
        "journal_chain",
        "agent_floods",
        "agent_malformed",
        "agent_clock_ahead",
        "journal_gap",
        "state_lost",
        "policy_rejected",
        "quarantine",
        "certification_refused",
        "window_refused",
        "badge_guessing",
        "badge_copied",
        "grant_without_plan",
    }
)
"""Kinds of momentary events, so that a person has to resolve the alarm."""
MUST_BE_SEEN = frozenset({FaultKind.POWER_WHILE_OFF.value})
"""Kinds that stay active until somebody takes charge, even if the cause is gone."""


class Alarm(Shape, frozen=True, kw_only=True):
    """An alarm; `taken_by` and `resolved_by` are names.

    It is `active` until it is cleared, because its cause is gone, or resolved by a person. The
    kinds of `MUST_BE_SEEN` also stay active until somebody has taken charge.
    """

    id: str
    site_id: Slug
    kind: str
    access_point: Slug | None
    agent_id: Slug | None
    detail: dict[str, object]
    raised_at: Utc
    active: bool
    cleared_at: Utc | None
    taken_by: str | None
    taken_at: Utc | None
    by_hand: bool
    """Whether a person has to resolve it."""
    resolved_by: str | None
    resolved_at: Utc | None
    remark: str | None
    holder_id: str | None
    """The member whom the alarm is about, or whose badge; null if none, or if that is gone."""


def is_about_gone(alarm: Alarm) -> bool:
    """Return whether the alarm is about a person whose record is gone."""
    return "member" in alarm.detail and alarm.holder_id is None


class Resolution(Shape, frozen=True, kw_only=True):
    """The end of an alarm, with a remark about cause or repair."""

    remark: Note | None = None


def page(
    db: Session,
    *,
    actor: Actor,
    active: bool | None = None,
    kind: str | None = None,
    agent: str | None = None,
    access_point: str | None = None,
    since: Utc | None = None,
    until: Utc | None = None,
    cursor: Cursor = FIRST,
) -> Page[Alarm]:
    """Return a page of alarms of the actor's sites.

    `active`: True for active ones only, False for ended ones, None for all.
    """
    actor.require_anywhere(Permission.LIVE_READ)
    conditions: list[ColumnElement[bool]] = []
    if active is not None:
        conditions.append(is_active() if active else ~is_active())
    if kind is not None:
        conditions.append(AlarmRow.kind == kind)
    if agent is not None:
        conditions.append(AlarmRow.agent_id == agent)
    if access_point is not None:
        conditions.append(AlarmRow.access_point_id == access_point)
    if since is not None:
        conditions.append(AlarmRow.raised_at >= since)
    if until is not None:
        conditions.append(AlarmRow.raised_at < until)
    at_actors_sites = site_branches(AlarmRow.site_id, actor.sites(Permission.LIVE_READ))
    statement = select(AlarmRow).where(*conditions)
    return paged(db, statement, AlarmRow.id, cursor, lambda rows: shapes(db, rows), at_actors_sites)


def get(db: Session, alarm_id: str, *, actor: Actor) -> Alarm:
    """Return one alarm. Raises NotFound."""
    return shapes(db, [_visible(db, alarm_id, actor)])[0]


def active_at(db: Session, site_id: str) -> list[Alarm]:
    """Return the site's active alarms, oldest first."""
    statement = select(AlarmRow).where(AlarmRow.site_id == site_id, is_active())
    return shapes(db, list(db.scalars(statement.order_by(AlarmRow.raised_at, AlarmRow.id))))


def latest_at(
    db: Session, agent_id: str, access_point_id: str, *, actor: Actor, limit: int
) -> list[Alarm]:
    """Return the latest alarms of an access point from its agent, newest first."""
    statement = select(AlarmRow).where(
        AlarmRow.agent_id == agent_id,
        AlarmRow.access_point_id == access_point_id,
        at_sites(AlarmRow.site_id, actor.sites(Permission.LIVE_READ)),
    )
    return shapes(db, list(db.scalars(statement.order_by(AlarmRow.id.desc()).limit(limit))))


def active_kinds(db: Session, site_id: str, at_most: int) -> list[str]:
    """Return the kinds of the site's active alarms, without those that an emergency stop explains.

    Reads at most `at_most` alarms.
    """
    parameters = {"site": site_id, "at_most": at_most}
    return [row.kind for row in without_explained(db.execute(_ACTIVE, parameters).all())]


def take(db: Session, alarm_id: str, *, actor: Actor, now: Utc) -> Alarm:
    """Take charge of an alarm, unless somebody else has."""
    row = _visible(db, alarm_id, actor)
    actor.require(Permission.COMMAND, row.site_id)
    if row.taken_by is None:
        _take(db, row, actor, now)
    return shapes(db, [row])[0]


def release(db: Session, alarm_id: str, *, actor: Actor, now: Utc) -> Alarm:
    """Release an alarm that the actor took charge of by mistake.

    Raises Conflict if somebody else has it, or it is resolved.
    """
    row = _visible(db, alarm_id, actor)
    actor.require(Permission.COMMAND, row.site_id)
    if row.taken_by != actor.ref or row.resolved_at is not None:
        raise Conflict("you can only give back an alarm that you have taken and not resolved")
    row.taken_by = row.taken_at = None
    _record(db, row, "alarm_given_back", actor, now)
    return shapes(db, [row])[0]


def resolve(db: Session, alarm_id: str, new: Resolution, *, actor: Actor, now: Utc) -> Alarm:
    """Resolve an alarm, and take charge of it if nobody has; idempotent.

    Raises Conflict for an alarm that ends by itself or by the reset of a fault, unless its agent is
    gone.
    """
    row = _visible(db, alarm_id, actor)
    actor.require(Permission.COMMAND, row.site_id)
    if row.resolved_at is not None:
        return shapes(db, [row])[0]
    if not _by_hand(db, [row])[row.id]:
        raise Conflict(f"{row.kind} ends when its cause is gone, and can't be resolved by a person")
    if row.kind in MUST_BE_SEEN and row.taken_by is None:
        raise Conflict("take charge of this alarm first: somebody must have seen it")
    if row.taken_by is None:
        _take(db, row, actor, now)
    row.resolved_by, row.resolved_at, row.remark = actor.ref, now, new.remark
    _record(db, row, "alarm_resolved", actor, now)
    return shapes(db, [row])[0]


def resolve_alike(db: Session, alarm_id: str, newest: str, *, actor: Actor, now: Utc) -> int:
    """Resolve an alarm and the active ones of its kind, place and agent, up to the id `newest`.

    Returns how many. Raises Conflict as `resolve` does.
    """
    row = _visible(db, alarm_id, actor)
    alike = select(AlarmRow.id).where(
        AlarmRow.site_id == row.site_id,
        AlarmRow.kind == row.kind,
        AlarmRow.access_point_id.is_not_distinct_from(row.access_point_id),
        AlarmRow.agent_id.is_not_distinct_from(row.agent_id),
        AlarmRow.id <= newest,
        is_active(),
    )
    keys = {alarm_id, *db.scalars(alike)}
    for key in keys:
        resolve(db, key, Resolution(), actor=actor, now=now)
    return len(keys)


def shapes(db: Session, rows: list[AlarmRow]) -> list[Alarm]:
    """Return alarms for the API."""
    refs = {ref for row in rows for ref in (row.taken_by, row.resolved_by) if ref}
    names, by_hand, holders = names_of(db, refs), _by_hand(db, rows), _holders(db, rows)
    return [_shape(row, names, by_hand[row.id], holders.get(row.id)) for row in rows]


def _visible(db: Session, key: str, actor: Actor) -> AlarmRow:
    return visible(db, AlarmRow, key, "alarm", actor, Permission.LIVE_READ)


def is_active() -> ColumnElement[bool]:
    """SQL condition: the alarm is active, as defined in `Alarm`."""
    unseen = and_(AlarmRow.kind.in_(MUST_BE_SEEN), AlarmRow.taken_at.is_(None))
    return AlarmRow.resolved_at.is_(None) & or_(AlarmRow.cleared_at.is_(None), unseen)


_ACTIVE = (
    select(
        AlarmRow.kind,
        AlarmRow.agent_id,
        AlarmRow.access_point_id.label("access_point"),
        AlarmRow.raised_at,
        AlarmRow.cleared_at,
    )
    .where(AlarmRow.site_id == bindparam("site"), is_active())
    .limit(bindparam("at_most"))
)
"""Built once, since each page runs it."""


def _by_hand(db: Session, rows: list[AlarmRow]) -> dict[str, bool]:
    """Return, by alarm, whether a person has to resolve it: by its kind, or because its agent is
    gone."""
    agents = {row.agent_id for row in rows if row.agent_id and row.kind not in BY_HAND}
    unrevoked = select(AgentRow.id).where(AgentRow.id.in_(agents), AgentRow.revoked_at.is_(None))
    gone_agents = agents - set(db.scalars(unrevoked)) if agents else set()
    return {row.id: row.kind in BY_HAND or row.agent_id in gone_agents for row in rows}


def _take(db: Session, row: AlarmRow, actor: Actor, now: Utc) -> None:
    row.taken_by, row.taken_at = actor.ref, now
    _record(db, row, "alarm_taken", actor, now)


def _record(db: Session, row: AlarmRow, action: str, actor: Actor, now: Utc) -> None:
    audit.record(db, actor, now, action, f"alarm:{row.id}", row.site_id)
    post_news(db, AlarmNews(site=row.site_id, key=row.id))
    db.flush()


def _holders(db: Session, rows: list[AlarmRow]) -> dict[str, str]:
    """Return, by alarm, the member whom it is about, or whose badge."""
    about = {
        row.id: str(key)
        for row in rows
        if (key := row.detail.get("credential") or row.detail.get("member"))
    }
    if not about:
        return {}
    keys = set(about.values())
    badges = select(CredentialRow.id, CredentialRow.member_id).where(CredentialRow.id.in_(keys))
    refs = select(MemberRow.ref, MemberRow.id).where(MemberRow.ref.in_(keys))
    members = {
        key: member for pairs in (badges, refs) for key, member in db.execute(pairs) if member
    }
    return {alarm: members[key] for alarm, key in about.items() if key in members}


def _shape(row: AlarmRow, names: dict[str, str], by_hand: bool, holder: str | None) -> Alarm:
    def name(ref: str | None) -> str | None:
        return names.get(ref, ref) if ref else None

    unseen = row.kind in MUST_BE_SEEN and row.taken_at is None
    return to_shape(
        row,
        Alarm,
        active=row.resolved_at is None and (row.cleared_at is None or unseen),
        taken_by=name(row.taken_by),
        by_hand=by_hand,
        resolved_by=name(row.resolved_by),
        holder_id=holder,
    )
