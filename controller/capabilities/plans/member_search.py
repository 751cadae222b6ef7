"""Searches members for a list of results, each with the currently valid subscription."""

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
from controller.capabilities.plans.periods import (
    Period,
    choose,
    pass_periods,
    periods_of,
    running_periods,
)
from controller.domain.facts import CredentialStatus, MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.shapes import Shape, Slug

COUNT_LIMIT = 1000
"""Maximum number of results for which the filters are counted."""
_MIN_WORD_LENGTH = 4
"""Minimum length of a word that can be searched alone."""


class MemberResult(Shape, frozen=True, kw_only=True):
    """A member in a list of results."""

    id: str
    display_name: str
    categories: tuple[str, ...]
    status: MemberStatus
    created_at: Utc
    plan_id: Slug | None
    subscription_from: Utc | None
    subscription_until: Utc | None
    is_covered: bool
    """Whether the subscription is currently valid."""
    is_pass: bool
    """Whether it is a pass, which is shown if no subscription is valid."""
    others: tuple[tuple[Slug, Utc | None], ...]
    """Other plans to which the member has a valid subscription, and when each ends."""
    badge: str | None
    """The last four characters of the number of an active badge, if possible not a lent one."""


def search(
    db: Session,
    query: str,
    *,
    standing: MemberFilter | None = None,
    actor: Actor,
    now: Utc,
    cursor: Cursor = FIRST,
) -> Page[MemberResult]:
    """Find members by the beginnings of words, like `matching_members`, within a filter."""
    conditions = _conditions(query, standing, actor, now)
    return _with_periods(
        db, matching_members(db, query, *conditions, actor=actor, cursor=cursor), actor, now
    )


def by_name(
    db: Session, standing: MemberFilter | None, *, actor: Actor, now: Utc, cursor: Cursor = FIRST
) -> Page[MemberResult]:
    """Return the members within a filter by name; at most `COUNT_LIMIT`, as all are sorted."""
    actor.require_anywhere(Permission.MEMBERS_READ)
    conditions = (*match_conditions("", actor=actor), *_conditions("", standing, actor, now))
    names = select(MemberRow.id, MemberRow.display_name).where(*conditions).limit(COUNT_LIMIT)
    keys = [
        row.id
        for row in sorted(db.execute(names), key=lambda row: (words(row.display_name), row.id))
    ]
    start = keys.index(cursor.after) + 1 if cursor.after in keys else 0
    shown = keys[start : start + cursor.limit]
    found = {row.id: row for row in db.scalars(select(MemberRow).where(MemberRow.id.in_(shown)))}
    has_more = start + cursor.limit < len(keys)
    page = Page(items=[found[key] for key in shown], next=shown[-1] if has_more else None)
    return _with_periods(db, page, actor, now)


def with_badge_end(db: Session, ending: str, *, actor: Actor, now: Utc) -> list[MemberResult]:
    """Return the members with a badge, working or not, whose number ends in these characters."""
    badge = exists().where(
        CredentialRow.member_id == MemberRow.id,
        CredentialRow.masked.endswith(ending.upper(), autoescape=True),
    )
    return list(
        _with_periods(
            db, matching_members(db, "", badge, actor=actor, cursor=FIRST), actor, now
        ).items
    )


def _with_periods(db: Session, page: Page[MemberRow], actor: Actor, now: Utc) -> Page[MemberResult]:
    only = _only_site(actor)
    member_ids = [row.id for row in page.items]
    periods, badges = periods_of(db, member_ids, only), _badges(db, member_ids)
    passes = {
        member: pass_period
        for member, pass_period in pass_periods(db, member_ids, only)
        if _is_valid(pass_period, now)
    }
    items = [
        _shape(row, periods.get(row.id, []), passes.get(row.id), badges.get(row.id), now)
        for row in page.items
    ]
    return Page(items=items, next=page.next)


def _only_site(actor: Actor) -> str | None:
    """Return the actor's site, if it is only one: each site sees its own subscriptions."""
    sites = actor.sites(Permission.MEMBERS_READ) or frozenset()
    return next(iter(sites)) if len(sites) == 1 else None


def ids(
    db: Session, query: str, *, standing: MemberFilter | None, actor: Actor, now: Utc, limit: int
) -> tuple[list[str], bool]:
    """Return at most `limit` ids of the results of `search`, and whether there are more."""
    conditions = _conditions(query, standing, actor, now)
    page = matching_members(db, query, *conditions, actor=actor, cursor=Cursor(limit=limit))
    return [row.id for row in page.items], page.next is not None


def _conditions(
    query: str, standing: MemberFilter | None, actor: Actor, now: Utc
) -> tuple[ColumnElement[bool], ...]:
    if standing is None:
        return ()
    is_only = not words(query)
    return (condition(standing, now, _only_site(actor), is_only_condition=is_only),)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many members a search finds, in total and by filter."""

    total: int
    by_filter: Mapping[MemberFilter, int]


def counts(db: Session, query: str, *, actor: Actor, now: Utc) -> Counts | None:
    """Count the results by filter; None for too many results or several words, which would be
    slow."""
    if len(words(query)) > 1:
        return None
    matches = (
        select(MemberRow.id).where(*match_conditions(query, actor=actor)).limit(COUNT_LIMIT + 1)
    )
    total = db.scalar(select(func.count()).select_from(matches.subquery())) or 0
    if total > COUNT_LIMIT:
        return None
    site_id = _only_site(actor)
    cases = (
        condition(standing, now, site_id, is_only_condition=False) for standing in MemberFilter
    )
    sums = [func.sum(case((filter_condition, 1), else_=0)) for filter_condition in cases]
    matched = matches.subquery()
    row = db.execute(select(*sums).join(matched, matched.c.id == MemberRow.id)).one()
    counts_by_filter = {
        standing: int(n or 0) for standing, n in zip(MemberFilter, row, strict=True)
    }
    return Counts(total=total, by_filter=counts_by_filter)


def similar_members(
    db: Session, name: str, *, actor: Actor, now: Utc, limit: int = 3, by_first_name: bool = True
) -> list[MemberResult]:
    """Return members who may be the same person: all words of the name match, or nearly.

    If there are none, those whose name contains its longest word; without `by_first_name` not as
    their first word, since a first name alone says little.
    """
    cursor = Cursor(limit=limit)
    all_words = words(name)
    if not all_words:
        return []
    exact_matches = search(db, name, actor=actor, now=now, cursor=cursor).items
    near = set(similar_name_ids(db, name)) - {member.id for member in exact_matches}
    if near:
        page = matching_members(db, "", MemberRow.id.in_(near), actor=actor, cursor=cursor)
        exact_matches = [*exact_matches, *_with_periods(db, page, actor, now).items][:limit]
    longest = max(all_words, key=len)
    if not exact_matches and len(all_words) > 1 and len(longest) >= _MIN_WORD_LENGTH:
        exact_matches = [
            member
            for member in search(db, longest, actor=actor, now=now, cursor=cursor).items
            if by_first_name or not "".join(words(member.display_name)[:1]).startswith(longest)
        ]
    return list(exact_matches)


def _badges(db: Session, members: list[str]) -> dict[str, str]:
    """Return the last characters of each member's newest active badge, a lent one only if they
    have no other."""
    rows = db.execute(
        select(CredentialRow.member_id, CredentialRow.masked)
        .where(
            CredentialRow.member_id.in_(members), CredentialRow.status == CredentialStatus.ACTIVE
        )
        .order_by(CredentialRow.lent.desc(), CredentialRow.id)
    )
    return {row.member_id: row.masked[-4:] for row in rows}


def _is_valid(period: Period | None, now: Utc) -> bool:
    return period is not None and period.start <= now and (period.end is None or period.end > now)


def _shape(
    row: MemberRow, periods: list[Period], by_pass: Period | None, badge: str | None, now: Utc
) -> MemberResult:
    running = running_periods(periods, now)
    first = running[0] if running else choose(periods, now)
    is_pass = by_pass is not None and not _is_valid(first, now)
    period = by_pass if is_pass else first
    return MemberResult(
        id=row.id,
        display_name=row.display_name,
        categories=tuple(row.categories),
        status=row.status,
        created_at=row.created_at,
        plan_id=period.plan if period else None,
        subscription_from=period.start if period else None,
        subscription_until=period.end if period else None,
        is_covered=_is_valid(period, now),
        is_pass=is_pass,
        others=tuple((other.plan, other.end) for other in running[1:]),
        badge=badge,
    )
