"""The waiting list of members who are due for erasure by age, and can be kept.

The wait is part of the promised retention period and does not extend it.
"""

from datetime import timedelta

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.privacy.models import MemberDue
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import NotFound
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.privacy import MARGIN, rules_of
from controller.kernel.rows import at_sites
from controller.kernel.shapes import Shape

WAITING_PERIOD = timedelta(days=14)
"""How long members wait before the erasure."""
NOTED_BEFORE = WAITING_PERIOD + MARGIN
"""How long before the end of the retention period the wait begins; the job runs daily."""
MAX_ERASURES = 200
"""Maximum number of members erased in one run."""


class DueMember(Shape, frozen=True, kw_only=True):
    """A member who is waiting for erasure by age."""

    member_id: str
    site_id: str
    name: str
    due_since: Utc
    erased_from: Utc
    """From then on, the daily job erases the member, unless they are brought back."""


def note_due(db: Session, site_id: str, before: Utc, now: Utc) -> None:
    """Put due members on the waiting list, and remove those who are no longer due."""
    at_site, is_waiting = MemberDue.site_id == site_id, MemberDue.due_since.is_not(None)
    is_over = MemberDue.member_id.not_in(members_before(db, site_id, before))
    db.execute(update(MemberDue).where(at_site, is_waiting, is_over).values(due_since=None))
    rows = {row.member_id: row for row in db.scalars(select(MemberDue).where(at_site))}
    for key in due_members(db, site_id, before):
        row = rows.get(key)
        if row is None:
            db.add(MemberDue(member_id=key, site_id=site_id, due_since=now))
        elif row.due_since is None or row.due_since > now:
            row.due_since = now
    db.flush()
    unused = MemberDue.due_since.is_(None) & MemberDue.brought_back_at.is_(None)
    db.execute(delete(MemberDue).where(at_site, unused))


def members_after_wait(db: Session, site_id: str, now: Utc) -> list[str]:
    """Return the ids of members who have waited long enough, at most `MAX_ERASURES`."""
    long_enough = MemberDue.due_since <= Utc.of(now - WAITING_PERIOD)
    rows = select(MemberDue.member_id).where(MemberDue.site_id == site_id, long_enough)
    return list(db.scalars(rows.order_by(MemberDue.member_id).limit(MAX_ERASURES)))


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[DueMember]:
    """Return a page of the waiting list at the sites where the actor handles personal data."""
    actor.require_anywhere(Permission.PERSONAL_DATA)
    at_actors_sites = at_sites(MemberDue.site_id, actor.sites(Permission.PERSONAL_DATA))
    statement = select(MemberDue).where(MemberDue.due_since.is_not(None), at_actors_sites)
    return paged(db, statement, MemberDue.member_id, cursor, lambda rows: _shapes(db, rows))


def bring_back(db: Session, member_id: str, *, actor: Actor, now: Utc) -> None:
    """Keep a member who is expected back: the retention period begins again. Raises NotFound."""
    row = db.get(MemberDue, member_id)
    if row is None or row.due_since is None:
        raise NotFound("waiting record", member_id)
    if not actor.may(Permission.PERSONAL_DATA, row.site_id):
        raise NotFound("waiting record", member_id)
    row.due_since, row.brought_back_at, row.brought_back_by = None, now, actor.ref
    audit.record(db, actor, now, "member_brought_back", f"member:{member_id}", row.site_id)


def _shapes(db: Session, rows: list[MemberDue]) -> list[DueMember]:
    ids = [row.member_id for row in rows]
    member_names = select(MemberRow.id, MemberRow.display_name).where(MemberRow.id.in_(ids))
    names = {row.id: row.display_name for row in db.execute(member_names)}
    return [
        DueMember(
            member_id=row.member_id,
            site_id=row.site_id,
            name=names[row.member_id],
            due_since=row.due_since,
            erased_from=Utc.of(row.due_since + WAITING_PERIOD),
        )
        for row in rows
        if row.due_since is not None
    ]


# Members are due for erasure when their last subscription ended long enough ago.


def due_members(db: Session, site_id: str, before: Utc, *, only: str | None = None) -> list[str]:
    """Return the ids of a site's members without any right, use, booking or course since `before`.

    Staff are never due. `only`: check only this member.
    """
    statement = members_before(db, site_id, before)
    if only is not None:
        statement = statement.where(MemberRow.id == only)
    return list(db.scalars(statement.order_by(MemberRow.id)))


def members_before(db: Session, site_id: str, before: Utc) -> Select[str]:
    """Return the statement that selects the ids of those members."""
    current = [rule.current(before) for rule in rules_of(db) if rule.current is not None]
    return select(MemberRow.id).where(
        MemberRow.site_id == site_id,
        MemberRow.created_at < before,
        *(~condition for condition in current),
    )
