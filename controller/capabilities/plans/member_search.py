"""Search members for a list of results, each with the subscription that is valid now."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.search import (
    match_conditions,
    matching_members,
    similar_name_ids,
    words,
)
from controller.capabilities.plans.member_filter import MemberFilter, condition
from controller.capabilities.plans.periods import Period, choose, pass_periods, periods_of
from controller.domain.facts import CredentialStatus, MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.shapes import Shape, Slug

COUNT_LIMIT = 1000
"""Maximum number of results for which filters are counted."""
_TELLING = 4
"""Minimum length of a word that is distinctive enough to search for it alone."""


class Found(Shape, frozen=True, kw_only=True):
    """A member as a list of results shows it."""

    id: str
    display_name: str
    categories: tuple[str, ...]
    status: MemberStatus
    plan_id: Slug | None
    subscription_from: Utc | None
    subscription_until: Utc | None
    is_covered: bool
    """Whether the subscription is valid now."""
    is_pass: bool
    """Whether it is a pass, which is shown if no subscription is valid."""
    other_plans: tuple[Slug, ...]
    """Other plans to which the member has a valid subscription."""
    badge: str | None
    """The last four characters of the number of an active badge."""


def search(
    db: Session,
    query: str,
    *,
    standing: MemberFilter | None = None,
    actor: Actor,
    now: Utc,
    cursor: Cursor = FIRST,
) -> Page[Found]:
    """Find members by the beginnings of words, as `matching_members` does, within a filter."""
    where = _where(query, standing, now)
    return _lines(db, matching_members(db, query, *where, actor=actor, cursor=cursor), actor, now)


def with_badge_end(db: Session, ending: str, *, actor: Actor, now: Utc) -> list[Found]:
    """Return the members with an active badge whose number ends in these characters."""
    badge = exists().where(
        CredentialRow.member_id == MemberRow.id,
        CredentialRow.masked.endswith(ending.upper(), autoescape=True),
        CredentialRow.status == CredentialStatus.ACTIVE,
    )
    return list(
        _lines(db, matching_members(db, "", badge, actor=actor, cursor=FIRST), actor, now).items
    )


def _lines(db: Session, page: Page[MemberRow], actor: Actor, now: Utc) -> Page[Found]:
    sites = actor.sites(Permission.MEMBERS_READ) or frozenset()
    only = next(iter(sites)) if len(sites) == 1 else None  # each site sees its own subscriptions
    found = [row.id for row in page.items]
    periods, badges = periods_of(db, found, only), _badges(db, found)
    passes = {who: it for who, it in pass_periods(db, found, only) if _holds(it, now)}
    items = [
        _shape(row, periods.get(row.id, []), passes.get(row.id), badges.get(row.id), now)
        for row in page.items
    ]
    return Page(items=items, next=page.next)


def ids(
    db: Session, query: str, *, standing: MemberFilter | None, actor: Actor, now: Utc, limit: int
) -> tuple[list[str], bool]:
    """Return at most `limit` ids of the results of `search`, and whether there are more."""
    where = _where(query, standing, now)
    page = matching_members(db, query, *where, actor=actor, cursor=Cursor(limit=limit))
    return [row.id for row in page.items], page.next is not None


def _where(query: str, standing: MemberFilter | None, now: Utc) -> tuple[ColumnElement[bool], ...]:
    return () if standing is None else (condition(standing, now, alone=not words(query)),)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many members a search finds, in total and by filter."""

    every: int
    of: Mapping[MemberFilter, int]


def counts(db: Session, query: str, *, actor: Actor, now: Utc) -> Counts | None:
    """Count the results by filter; None if there are too many, or several words: too slow."""
    if len(words(query)) > 1:
        return None
    some = select(MemberRow.id).where(*match_conditions(query, actor=actor)).limit(COUNT_LIMIT + 1)
    every = db.scalar(select(func.count()).select_from(some.subquery())) or 0
    if every > COUNT_LIMIT:
        return None
    each_of = (condition(standing, now, alone=False) for standing in MemberFilter)
    sums = [func.sum(case((it, 1), else_=0)) for it in each_of]
    few = some.subquery()
    row = db.execute(select(*sums).join(few, few.c.id == MemberRow.id)).one()
    found = {standing: int(n or 0) for standing, n in zip(MemberFilter, row, strict=True)}
    return Counts(every=every, of=found)


def similar_members(
    db: Session, name: str, *, actor: Actor, now: Utc, limit: int = 3
) -> list[Found]:
    """Return members who may be the same person: all words of the name match, or nearly so.

    If there are none, those whom the longest word of the name matches.
    """
    cursor = Cursor(limit=limit)
    asked = words(name)
    if not asked:
        return []
    found = search(db, name, actor=actor, now=now, cursor=cursor).items
    near = set(similar_name_ids(db, name)) - {member.id for member in found}
    if near:
        page = matching_members(db, "", MemberRow.id.in_(near), actor=actor, cursor=cursor)
        found = [*found, *_lines(db, page, actor, now).items][:limit]
    longest = max(asked, key=len)
    if not found and len(asked) > 1 and len(longest) >= _TELLING:
        found = search(db, longest, actor=actor, now=now, cursor=cursor).items
    return list(found)


def _badges(db: Session, members: list[str]) -> dict[str, str]:
    """Return the end of each member's newest active badge."""
    rows = db.execute(
        select(CredentialRow.member_id, CredentialRow.masked)
        .where(
            CredentialRow.member_id.in_(members), CredentialRow.status == CredentialStatus.ACTIVE
        )
        .order_by(CredentialRow.id)
    )
    return {row.member_id: row.masked[-4:] for row in rows}


def _holds(period: Period | None, now: Utc) -> bool:
    return period is not None and period.start <= now and (period.end is None or period.end > now)


def _shape(
    row: MemberRow, theirs: list[Period], by_pass: Period | None, badge: str | None, now: Utc
) -> Found:
    bought = choose(theirs, now)
    others = {period.plan for period in theirs if period != bought and _holds(period, now)}
    other_plans = tuple(sorted(others - {bought.plan if bought else ""}))
    is_pass = by_pass is not None and not _holds(bought, now)
    period = by_pass if is_pass else bought
    return Found(
        id=row.id,
        display_name=row.display_name,
        categories=tuple(row.categories),
        status=row.status,
        plan_id=period.plan if period else None,
        subscription_from=period.start if period else None,
        subscription_until=period.end if period else None,
        is_covered=_holds(period, now),
        is_pass=is_pass,
        other_plans=() if is_pass else other_plans,
        badge=badge,
    )
