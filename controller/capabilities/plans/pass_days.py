"""Days of passes: the first granted tap of a local (half) day spends one."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import CredentialAt, CredentialRow
from controller.capabilities.members.changes import post_news_at_sites
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import SiteRow, ZoneRow
from controller.capabilities.plans.lengths import span
from controller.capabilities.plans.models import PassKind, PassRow, PassUse, PlanRow
from controller.capabilities.plans.passes import record_change, spent_days
from controller.capabilities.plans.periods import Period, periods_of
from controller.capabilities.plans.plan_access import period_opens_point, rights_of
from controller.domain.access.case import Case
from controller.domain.facts import AccessPoint, Context, CredentialKind, Holder
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.corrections import refuse_own
from controller.kernel.errors import Conflict
from controller.kernel.journal_where import OPENED, is_mentioned
from controller.kernel.rows import ensure, is_there
from controller.policy import facts_of
from controller.wire.ids import head_of, uuid7_of


class PassEffect(StrEnum):
    """What admitting a member does to their passes."""

    SPENT = "spent"
    """A day or half-day is spent."""
    PAID = "paid"
    """This day or half-day was already spent."""
    COVERED = "covered"
    """A subscription admits the member."""
    UNUSABLE = "unusable"
    """No pass admits the member there at that time."""


def lock(db: Session, member_refs: Collection[str]) -> None:
    """Lock these members' passes, so that no spent day of theirs is restored meanwhile."""
    members = select(MemberRow.id).where(MemberRow.ref.in_(member_refs))
    rows = select(PassRow.id).where(PassRow.member_id.in_(members)).order_by(PassRow.id)
    db.execute(rows.with_for_update(key_share=True)).all()


def lock_by_day(db: Session, use_id: str) -> None:
    """Lock the pass of a spent day, so that it admits nobody meanwhile."""
    of_day = select(PassUse.pass_id).where(PassUse.id == use_id).scalar_subquery()
    rows = select(PassRow.id).where(PassRow.id == of_day)
    db.execute(rows.with_for_update(key_share=True)).all()


def spend(
    db: Session,
    member_ref: str,
    site_id: str,
    access_point_id: str,
    at: Utc,
    latest_at: Utc | None = None,
    *,
    is_guest: bool = False,
) -> bool:
    """Spend a day or half-day for a granted tap, if only a pass could have allowed it.

    The first grant of a local (half) day spends it; later ones don't, in whatever order they are
    reported. `latest_at`: the latest possible time, if `at` is an estimate. `is_guest`: the tap was
    with a guest's badge. Returns whether this spent more days than the pass has.
    """
    member = db.scalar(select(MemberRow).where(MemberRow.ref == member_ref))
    if member is None:
        return False
    point = facts_of.point(db, site_id, access_point_id, at)
    use_id = _spend_at(db, member, site_id, point, at, is_guest=is_guest, latest_at=latest_at)
    if use_id is None:
        return False
    row = db.get_one(PassRow, db.get_one(PassUse, use_id).pass_id)
    return spent_days(db, [row.id])[row.id] > row.units


def spend_at_desk(db: Session, member: MemberRow, zone: ZoneRow, at: Utc) -> str | None:
    """Spend a day or half-day for a member whom the desk checks in, like a grant.

    Returns the id of the spent day, or None.
    """
    entrance = facts_of.entrance(zone.id)
    return _spend_at(db, member, zone.site_id, entrance, at, is_at_desk=True)


def effect_at_desk(db: Session, member_id: str, zone_id: str, at: Utc) -> PassEffect:
    """Return what `spend_at_desk` would do now."""
    member, zone = db.get_one(MemberRow, member_id), db.get_one(ZoneRow, zone_id)
    entrance = facts_of.entrance(zone.id)
    return _decide(db, member, zone.site_id, entrance, at, is_at_desk=True)[0]


class DayUsed(Conflict):
    """Raised when a spent day can't be restored: the member was admitted since, or another entry
    spent it."""


def restore_day(
    db: Session, use_id: str, member_id: str, since: Utc, *, actor: Actor, now: Utc
) -> None:
    """Restore a day that an entry at `since` spent by mistake, if the day is not over; idempotent.

    Nobody gives a day of their own pass back. Call `lock_by_day` before anything else is locked, as
    grants lock passes first. What an offline box reports later spends the day by itself, as if the
    entry had never been recorded. Raises Forbidden; DayUsed if a grant of that day has arrived
    since, or if that entry did not spend the day.
    """
    use = db.get(PassUse, use_id)
    if use is None or use.member_id != member_id or use.ends_at <= now:
        return
    row = db.get_one(PassRow, use.pass_id)
    site_id = db.get_one(PlanRow, row.plan_id).site_id
    actor.require(Permission.MEMBERS_WRITE, site_id)
    if member_id in actor.own_members:
        raise refuse_own(actor, "somebody else gives you a day of your pass back")
    member = db.get_one(MemberRow, member_id)
    is_of_other_entry = head_of(use.id) >> 12 != since.millis()  # the time in the id
    was_admitted = is_mentioned(
        db, member.ref, use.starts_at, site_id=site_id, types=OPENED, arrived_since=since
    )
    if is_of_other_entry or was_admitted:
        raise DayUsed("this day of the pass was used: record the member's departure instead")
    db.delete(use)
    record_change(db, row, member, "pass_day_given_back", actor, now)


def _spend_at(
    db: Session,
    member: MemberRow,
    site_id: str,
    point: AccessPoint,
    at: Utc,
    *,
    is_at_desk: bool = False,
    is_guest: bool = False,
    latest_at: Utc | None = None,
) -> str | None:
    """Spend the day or half-day, and return it.

    An offline box may have granted more days than the pass has; these are spent too. The desk
    spends none of a pass that is used up. A subscription counts from when it was entered, however
    late the tap is reported.
    """
    effect, row = _decide(db, member, site_id, point, at, is_at_desk=is_at_desk, is_guest=is_guest)
    if effect is PassEffect.PAID and latest_at is not None:
        paid = (PassUse.member_id == member.id) & (PassUse.starts_at <= at) & (PassUse.ends_at > at)
        for use in db.scalars(select(PassUse).where(paid)):
            use.latest_at = latest_at
    if row is None or effect is not PassEffect.SPENT or not is_there(db, row):
        return None
    return _spend(db, row, member, facts_of.site(db, site_id, at).time_zone, at, latest_at)


def _decide(
    db: Session,
    member: MemberRow,
    site_id: str,
    point: AccessPoint,
    at: Utc,
    *,
    is_at_desk: bool,
    is_guest: bool = False,
) -> tuple[PassEffect, PassRow | None]:
    """Return what admitting the member does to their passes, and the pass that it spends.

    At the desk, a pass also counts for the hours before it was sold on that day.
    """
    last_start = _end_of_day(db, site_id, at) if is_at_desk else at
    rows = _running(db, member.id, at, last_start)
    if not rows:
        return PassEffect.UNUSABLE, None
    if is_at_desk:
        holder = _holder_at_desk(db, member.id, site_id, at)
    else:
        holder = holder_at_reader(db, member, site_id, at, is_guest=is_guest)
    if holder is None:
        return PassEffect.UNUSABLE, None
    site = facts_of.site(db, site_id, at)
    if not Case(holder, point, site, at, Context()).asks_subscription:
        return PassEffect.UNUSABLE, None

    periods = periods_of(db, [member.id], site_id, entered_by=at).get(member.id, [])
    if any(period_opens_point(period, holder, point, site, at) for period in periods):
        return PassEffect.COVERED, None
    usable = [
        row
        for row in rows
        if period_opens_point(Period(row.plan_id, 0, at, row.valid_until), holder, point, site, at)
    ]
    if usable and _is_paid(db, usable, at):
        return PassEffect.PAID, None
    if is_at_desk:
        spent = spent_days(db, [row.id for row in usable])
        usable = [row for row in usable if spent.get(row.id, 0) < row.units]
    return (PassEffect.SPENT, usable[0]) if usable else (PassEffect.UNUSABLE, None)


def _end_of_day(db: Session, site_id: str, at: Utc) -> Utc:
    end = span(PassKind.DAY, db.get_one(SiteRow, site_id).time_zone, at)[3]
    return Utc.of(end - timedelta(milliseconds=1))


def holder_at_reader(
    db: Session, member: MemberRow, site_id: str, at: Utc, *, is_guest: bool
) -> Holder:
    """Return the member's rights: those of a guest if they tapped with a guest's badge and have no
    badge of their own.

    A tap may be reported late, and the desk may have taken their own badge in since, or removed
    them from the site: what counts then is the pass alone.
    """
    rights = rights_of(db, member, site_id, at)
    if is_guest and not _has_own_badge(db, member.id):
        return replace(rights, kind=CredentialKind.GUEST)
    return rights


def _holder_at_desk(db: Session, member_id: str, site_id: str, at: Utc) -> Holder | None:
    """Return the member's rights; those of a guest if all their badges are guest badges."""
    read_holder = facts_of.rights_of if _has_own_badge(db, member_id) else facts_of.holder_of
    return read_holder(db, member_id, site_id, at)


def is_guest_badge(db: Session, site_id: str, key: str | None, at: Utc) -> bool:
    """Return whether a key at a site is that of a guest's badge which existed at that time."""
    ours = select(CredentialAt.holder_key).where(
        CredentialAt.theirs == key, CredentialAt.site_id == site_id
    )
    keys = [key, *db.scalars(ours)]
    guests = select(CredentialRow.id).where(
        CredentialRow.holder_key.in_(keys),
        CredentialRow.kind == CredentialKind.GUEST,
        CredentialRow.created_at <= at,
    )
    return db.scalar(guests.limit(1)) is not None


def _has_own_badge(db: Session, member_id: str) -> bool:
    own_badges = select(CredentialRow.id).where(
        CredentialRow.member_id == member_id, CredentialRow.kind == CredentialKind.MEMBER
    )
    return db.scalar(own_badges.limit(1)) is not None


def _running(db: Session, member_id: str, at: Utc, last_start: Utc) -> list[PassRow]:
    """Return the passes valid at that time: those with days left first, then by their end."""
    rows = db.scalars(
        select(PassRow).where(
            PassRow.member_id == member_id,
            PassRow.valid_from <= last_start,
            PassRow.valid_until.is_(None) | (PassRow.valid_until > at),
        )
    ).all()
    spent = spent_days(db, [row.id for row in rows])

    def order(row: PassRow) -> tuple[bool, bool, Utc, str]:
        over = spent.get(row.id, 0) >= row.units
        return over, row.valid_until is None, row.valid_until or at, row.id

    return sorted(rows, key=order)


def _is_paid(db: Session, rows: Sequence[PassRow], at: Utc) -> bool:
    """Return whether a spent day covers this time."""
    used = select(PassUse.id).where(
        PassUse.pass_id.in_([row.id for row in rows]), PassUse.starts_at <= at, PassUse.ends_at > at
    )
    return db.scalar(used.limit(1)) is not None


def _spend(
    db: Session, row: PassRow, member: MemberRow, zone: str, at: Utc, latest_at: Utc | None
) -> str:
    day, half, starts_at, ends_at = span(row.kind, zone, at)
    new = PassUse(
        # The id contains the time, which shows later which entry spent the day.
        id=uuid7_of(at.millis() << 12, secrets.randbits(80)),
        pass_id=row.id,
        member_id=member.id,
        day=day,
        half=half,
        starts_at=starts_at,
        ends_at=ends_at,
        latest_at=latest_at,
    )
    is_same_day = (PassUse.pass_id == row.id) & (PassUse.day == day) & (PassUse.half == half)
    use = ensure(db, select(PassUse).where(is_same_day), new)
    post_news_at_sites(db, member.id, (member.site_id, db.get_one(PlanRow, row.plan_id).site_id))
    return use.id
