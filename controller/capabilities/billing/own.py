"""A member's own statements; the functions for pages take the member from the actor only."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from controller.capabilities.billing import (
    arrears,
    months,
    payers,
    pending_charges,
    statements,
    upcoming_charges,
)
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.models import ChargeRow, PaymentRow
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.pending_charges import Pending
from controller.capabilities.billing.shapes import PayerKind, Statement
from controller.capabilities.members import memberships
from controller.capabilities.members.changes import MembershipsEnded
from controller.capabilities.organisations.models import ProjectRow
from controller.domain.time import Utc
from controller.kernel import corrections
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMonth:
    """A month in which the member has charges or payments."""

    month: str
    total_cents: int
    left_cents: int
    """The amount that is left to pay; negative if too much was paid."""
    upcoming_cents: int
    """The part of it that is for bookings which have not begun."""

    @property
    def due_cents(self) -> int:
        """The amount that is owed now; negative if too much was paid."""
        return self.left_cents - self.upcoming_cents


def own_sites(db: Session, *, actor: Actor) -> frozenset[str]:
    """Return the sites at which the actor has charges or payments of their own."""
    if actor.member_id is None:
        return frozenset()
    payer = PayerKey(PayerKind.MEMBER, actor.member_id)
    charged, paid = (
        select(model.site_id).where(payers.pays(model, payer)) for model in (ChargeRow, PaymentRow)
    )
    return frozenset(db.scalars(charged.union(paid)))


def own_months(db: Session, site_id: str, *, actor: Actor, now: Utc) -> list[OwnMonth]:
    """Return the actor's own months at a site, newest first."""
    if actor.member_id is None:
        return []
    payer = PayerKey(PayerKind.MEMBER, actor.member_id)
    is_charge = (ChargeRow.site_id == site_id, payers.pays(ChargeRow, payer))
    paid = (PaymentRow.site_id == site_id, payers.pays(PaymentRow, payer))
    amount = ChargeRow.amount_cents.label("amount")
    months_query = union_all(
        select(ChargeRow.month.label("month"), amount, literal(0).label("paid")).where(*is_charge),
        select(PaymentRow.month, literal(0), PaymentRow.amount_cents).where(*paid),
    ).subquery()
    rows = db.execute(
        select(months_query.c.month, func.sum(months_query.c.amount), func.sum(months_query.c.paid))
        .group_by(months_query.c.month)
        .order_by(months_query.c.month.desc())
    )
    set_offs = arrears.set_offs(db, site_id, [payer], now)
    upcoming = upcoming_charges.of_payer(db, site_id, payer, now)
    months_of_actor = []
    for month, total, paid_cents in rows:
        left = int(total) - int(paid_cents) - set_offs.get((payer, month), 0)
        later = upcoming_charges.unpaid_part(left, upcoming.get(month, 0))
        months_of_actor.append(
            OwnMonth(month=month, total_cents=int(total), left_cents=left, upcoming_cents=later)
        )
    return months_of_actor


def amount_owed(db: Session, member_id: str, now: Utc) -> Cents:
    """Return what a member owes personally at all sites."""
    return Cents(sum(owed_by_site(db, member_id, now).values()))


def owed_by_site(db: Session, member_id: str, now: Utc) -> dict[str, Cents]:
    """Return what a member owes personally, of all months up to this month, by site.

    Includes uses that are not charged yet, but not bookings that have not begun. Credit of another
    site or month counts only where it is set off, as on the statements (0312).
    """
    pending = pending_charges.pending_amounts(db, member_id, now)
    return _owed_by(db, PayerKey(PayerKind.MEMBER, member_id), pending, now)


def projects_owed(db: Session, member_id: str, now: Utc) -> dict[str, Cents]:
    """Return what projects without an organisation owe of which this member is the last, by site.

    That is a project to which they belong or for which they worked, and nobody else belongs to it.
    """
    pending = pending_charges.pending_amounts(db, member_id, now)
    used = select(ChargeRow.project_id).where(
        ChargeRow.member_id == member_id, ChargeRow.organisation_id.is_(None)
    )
    charged = db.scalars(used.distinct())
    ids = set(filter(None, (*charged, *(payer.project_id for payer, _site, _month in pending))))
    left_alone = memberships.projects_without_others(db, member_id, ids)
    owed = Counter[str]()
    for key in sorted(left_alone):
        owed.update(_owed_by(db, PayerKey(PayerKind.PROJECT, key), pending, now))
    return {site_id: Cents(cents) for site_id, cents in owed.items()}


def check_last_member(db: Session, ended: MembershipsEnded) -> None:
    """Raise Forbidden if a project that owes money would lose its last member, unless by somebody
    else who decides about money.

    After that nobody could be asked for it who may not erase themselves.
    """
    if ended.actor.is_system or not ended.projects:
        return
    pending = pending_charges.pending_amounts(db, ended.member_id, ended.now)
    for key in sorted(memberships.projects_without_others(db, ended.member_id, ended.projects)):
        if _owed_by(db, PayerKey(PayerKind.PROJECT, key), pending, ended.now):
            ended.actor.require(Permission.MONEY_WRITE, db.get_one(ProjectRow, key).site_id)
            corrections.check_not_own(ended.actor, ended.member_id)


def _owed_by(db: Session, payer: PayerKey, pending: Pending, now: Utc) -> dict[str, Cents]:
    """Return what a payer owes, by site; nothing for a site at which nothing is owed."""
    owed = Counter({key[1:]: cents for key, cents in pending.items() if key[0] == payer})
    for model, sign in ((ChargeRow, 1), (PaymentRow, -1)):
        sums = select(model.site_id, model.month, func.sum(model.amount_cents))
        sums_of_payer = sums.where(payers.pays(model, payer)).group_by(model.site_id, model.month)
        for site_id, month, cents in db.execute(sums_of_payer):
            owed[site_id, month] += sign * int(cents)
    totals = {}
    for site_id in {site_id for site_id, _month in owed}:
        until = months.current_month(db, site_id, now)
        set_offs = arrears.set_offs(db, site_id, [payer], now)
        upcoming = upcoming_charges.of_payer(db, site_id, payer, now)
        cents_here = sum(
            max(0, cents - set_offs.get((payer, month), 0) - upcoming.get(month, 0))
            for (site, month), cents in owed.items()
            if site == site_id and month <= until
        )
        if cents_here:
            totals[site_id] = Cents(cents_here)
    return totals


def own_statement(db: Session, site_id: str, month: str, *, actor: Actor, now: Utc) -> Statement:
    """Return the actor's own statement of a month, frozen or a preview.

    Raises NotFound, Invalid.
    """
    if actor.member_id is None:
        raise NotFound("statement", month)
    payer = PayerKey(PayerKind.MEMBER, actor.member_id)
    own_statements = statements.shapes(db, site_id, months.require_month(month), [payer], now)
    if not own_statements:
        raise NotFound("statement", month)
    return own_statements[0]
