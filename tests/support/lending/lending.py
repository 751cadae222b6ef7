"""Lend tools to members: borrow, give back, overdue."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.alarms.controller_alarms import set_alarm
from controller.capabilities.members.changes import MemberLeft
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import sites_of
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict, Invalid
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, require_version, resolve_site, visible
from controller.kernel.validate import merge
from controller.wire.ids import uuid7
from tests.support.lending.models import LoanRow
from tests.support.lending.news import LoanNews
from tests.support.lending.permissions import LEND
from tests.support.lending.shapes import Loan, LoanFields, NewLoan

KIND = "tool_overdue"


def create(db: Session, new: NewLoan, *, actor: Actor, now: Utc) -> Loan:
    """Lend a tool. Raises Invalid, Forbidden; Conflict for who is suspended or has left."""
    site_id = resolve_site(db, actor, LEND, new.site_id)
    member = db.get(MemberRow, new.member_id)
    if member is None or site_id not in sites_of(db, member):
        raise Invalid.of("member_id", f"no member {new.member_id} at this site")
    if member.status is not MemberStatus.ACTIVE:
        raise Conflict("this member is suspended or has left")
    _check_due(new, now)
    row = LoanRow(
        id=uuid7(),
        site_id=site_id,
        member_id=member.id,
        tool=new.tool,
        remark=new.remark,
        lent_at=now,
        due_at=new.due_at,
        overdue=False,
        back_at=None,
    )
    db.add(row)
    audit.record(db, actor, now, "tool_lent", f"member:{member.id}", site_id, loan=row.id)
    return _told(db, row)


def get(db: Session, loan_id: str, *, actor: Actor) -> Loan:
    """One loan. Raises NotFound."""
    return _shape(_visible(db, loan_id, actor))


def page(
    db: Session, *, actor: Actor, out: bool | None = None, cursor: Cursor = FIRST
) -> Page[Loan]:
    """The loans of the actor's sites; `out`: those not given back, or the others."""
    statement = select(LoanRow).where(at_sites(LoanRow.site_id, actor.sites(LEND)))
    if out is not None:
        statement = statement.where(LoanRow.back_at.is_(None) == out)
    return paged(db, statement, LoanRow.id, cursor, lambda rows: [_shape(row) for row in rows])


def change(
    db: Session, loan_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Loan:
    """Apply a merge patch: a longer loan, a remark. Raises Invalid, Stale, NotFound, Conflict."""
    row = _visible(db, loan_id, actor)
    require_version(row, version)
    if row.back_at is not None:
        raise Conflict("this tool has been given back")
    new = merge(_shape(row), patch, LoanFields)
    if new.due_at != row.due_at:
        _check_due(new, now)
        _mark(db, row, False, now)
    row.due_at, row.remark = new.due_at, new.remark
    return _told(db, row)


def give_back(db: Session, loan_id: str, *, actor: Actor, now: Utc) -> Loan:
    """It is back. Doing it again does nothing."""
    row = _visible(db, loan_id, actor)
    return _shape(row) if row.back_at else _end(db, row, actor, now)


def end_all(db: Session, left: MemberLeft) -> None:
    """A member who leaves has given back what was lent."""
    out = select(LoanRow).where(LoanRow.member_id == left.member.id, LoanRow.back_at.is_(None))
    for row in db.scalars(out).all():
        _end(db, row, left.actor, left.now)


def mark_overdue(db: Session, now: Utc) -> None:
    """Raise an alarm for each tool that should have been given back by now."""
    late = select(LoanRow).where(
        LoanRow.back_at.is_(None), LoanRow.due_at <= now, LoanRow.overdue.is_(False)
    )
    for row in db.scalars(late.order_by(LoanRow.id)).all():
        _mark(db, row, True, now)
        _told(db, row)


def _end(db: Session, row: LoanRow, actor: Actor, now: Utc) -> Loan:
    row.back_at = now
    _mark(db, row, False, now)
    subject = f"member:{row.member_id}"
    audit.record(db, actor, now, "tool_given_back", subject, row.site_id, loan=row.id)
    return _told(db, row)


def _mark(db: Session, row: LoanRow, is_overdue: bool, now: Utc) -> None:
    row.overdue = is_overdue
    set_alarm(
        db,
        key=f"{KIND}:{row.id}",
        site_id=row.site_id,
        kind=KIND,
        access_point=None,
        detail={"loan": row.id},
        is_on=is_overdue,
        now=now,
    )


def _check_due(new: LoanFields, now: Utc) -> None:
    if new.due_at <= now:
        raise Invalid.of("due_at", "it is over already")


def _visible(db: Session, key: str, actor: Actor) -> LoanRow:
    return visible(db, LoanRow, key, "loan", actor, LEND)


def _told(db: Session, row: LoanRow) -> Loan:
    db.flush()
    post_news(db, LoanNews(site=row.site_id, key=row.id))
    return _shape(row)


def _shape(row: LoanRow) -> Loan:
    return Loan(
        id=row.id,
        site_id=row.site_id,
        tool=row.tool,
        member_id=row.member_id,
        remark=row.remark,
        lent_at=row.lent_at,
        due_at=row.due_at,
        overdue=row.overdue,
        back_at=row.back_at,
        version=row.row_version,
    )
