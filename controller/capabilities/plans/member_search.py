"""Members as a list of results shows them: with the subscription that holds now."""

from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.search import matching
from controller.capabilities.plans.periods import Period, choose, periods_of
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.shapes import Shape, Slug


class Found(Shape, frozen=True, kw_only=True):
    """A member as a list of results shows it."""

    id: str
    display_name: str
    categories: tuple[str, ...]
    status: MemberStatus
    plan_id: Slug | None
    subscription_until: Utc | None


def search(
    db: Session, query: str, *, actor: Actor, now: Utc, cursor: Cursor = FIRST
) -> Page[Found]:
    """Members with, for each word of the query, a word that begins with it; as `matching` does."""
    page = matching(db, query, actor=actor, cursor=cursor)
    sites = actor.sites(Permission.MEMBERS_READ) or frozenset()
    only = next(iter(sites)) if len(sites) == 1 else None  # each site sees its own subscriptions
    periods = periods_of(db, [row.id for row in page.items], only)
    items = [_shape(row, choose(periods.get(row.id, []), now)) for row in page.items]
    return Page(items=items, next=page.next)


def _shape(row: MemberRow, period: Period | None) -> Found:
    return Found(
        id=row.id,
        display_name=row.display_name,
        categories=tuple(row.categories),
        status=row.status,
        plan_id=period.plan if period else None,
        subscription_until=period.end if period else None,
    )
