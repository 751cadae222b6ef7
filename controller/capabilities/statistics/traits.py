"""Traits that members state about themselves for statistics, and their totals among visitors."""

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.members.changes import MemberMerged
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import sites_of
from controller.capabilities.places.models import SiteRow
from controller.capabilities.statistics.models import (
    NOT_STATED,
    PersonTraits,
    Trait,
    TraitPast,
    Visitor,
)
from controller.capabilities.statistics.shapes import Traits
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Forbidden, Invalid, NotFound
from controller.kernel.mapping import to_shape
from controller.kernel.rows import get_or_404
from controller.store.upsert import add_sums


def member_traits(db: Session, member_id: str, *, actor: Actor) -> Traits | None:
    """Return a member's traits; None if nothing was stated.

    Only for the member and the desk. Raises NotFound, Forbidden.
    """
    _allowed(db, member_id, actor)
    row = db.get(PersonTraits, member_id)
    return _shape(row) if row else None


def store_traits(db: Session, member_id: str, told: Traits, *, actor: Actor, now: Utc) -> Traits:
    """Store a member's traits, with their consent; they count from this month on.

    Earlier traits stay part of the earlier months' totals. Raises NotFound, Forbidden, Invalid.
    """
    member = _allowed(db, member_id, actor)
    if not told.consent:
        raise Invalid.of("consent", "required: nothing is stored without it")
    month = current_month(db, member.site_id, now)
    row = db.get(PersonTraits, member_id)
    if row is None:
        row = PersonTraits(member_id=member_id)
        db.add(row)
    else:
        count(db, _visits(db, member, before=month))
    row.since, row.consented_at, row.asked_by = month, now, actor.ref
    row.genre, row.tranche_age = told.genre, told.tranche_age
    row.statut_social, row.commune = told.statut_social, told.commune
    db.flush()
    return _shape(row)


def withdraw(db: Session, member_id: str, *, actor: Actor) -> None:
    """Delete a member's traits; totals that include them stay. Raises NotFound, Forbidden."""
    _allowed(db, member_id, actor)
    row = db.get(PersonTraits, member_id)
    if row is not None:
        remove(db, row)


def remove(db: Session, row: PersonTraits) -> None:
    """Add the traits to the totals of the months in which they count, then delete them."""
    member = db.get_one(MemberRow, row.member_id)
    count(db, _visits(db, member))
    db.delete(row)
    db.flush()


def merge(db: Session, merged: MemberMerged) -> None:
    """Give the traits of a merged record to the kept one.

    If both have some, those of the merged record are counted and deleted.
    """
    theirs = db.get(PersonTraits, merged.gone.id)
    if theirs is None:
        return
    if db.get(PersonTraits, merged.kept.id) is not None:
        remove(db, theirs)
        return
    cells = {column.name: getattr(theirs, column.name) for column in PersonTraits.__table__.c}
    db.delete(theirs)
    db.add(PersonTraits(**cells | {"member_id": merged.kept.id}))
    db.flush()


def count(db: Session, rows: Iterable[Visitor]) -> None:
    """Add the traits of these visitors to the totals of their months, once and for all."""
    for row in rows:
        said = _said_by(db, row.ref)
        if said is None or row.traits_counted or row.month < said.since:
            continue
        sums = [
            {"site_id": row.site_id, "month": row.month, "trait": trait, "value": value}
            | {"people": 1}
            for trait, value in _values(said).items()
        ]
        add_sums(db, TraitPast, sums)
        row.traits_counted = True
    db.flush()


def by_trait(
    db: Session, site_id: str, first: str, last: str
) -> Mapping[str, Mapping[Trait, Mapping[str, int]]]:
    """Return the number of visitors by month, trait and value.

    Those who stated nothing are left out.
    """
    found: dict[str, dict[Trait, dict[str, int]]] = {}
    for month, trait, value, people in (*_live(db, site_id, first, last),):
        counts = found.setdefault(month, {}).setdefault(trait, {})
        counts[value] = counts.get(value, 0) + people
    return found


def _live(db: Session, site_id: str, first: str, last: str) -> list[tuple[str, Trait, str, int]]:
    found = []
    visits = (
        select(Visitor.month)
        .join(MemberRow, MemberRow.ref == Visitor.ref)
        .join(PersonTraits, PersonTraits.member_id == MemberRow.id)
        .where(Visitor.site_id == site_id, Visitor.month >= first, Visitor.month <= last)
        .where(Visitor.month >= PersonTraits.since, Visitor.traits_counted.is_(False))
    )
    for trait in Trait:
        column = getattr(PersonTraits, trait.value)
        value = func.coalesce(column, NOT_STATED) if trait is Trait.COMMUNE else column
        rows = visits.add_columns(value, func.count()).group_by(Visitor.month, value)
        found += [(month, trait, str(said), int(n)) for month, said, n in db.execute(rows)]
    past = select(TraitPast.month, TraitPast.trait, TraitPast.value, TraitPast.people).where(
        TraitPast.site_id == site_id, TraitPast.month >= first, TraitPast.month <= last
    )
    return found + [(month, Trait(trait), value, n) for month, trait, value, n in db.execute(past)]


def current_month(db: Session, site_id: str, now: Utc) -> str:
    """Return the current month at the site."""
    zone = ZoneInfo(get_or_404(db, SiteRow, site_id, "site").time_zone)
    return f"{now.astimezone(zone):%Y-%m}"


def _allowed(db: Session, member_id: str, actor: Actor) -> MemberRow:
    member = db.get(MemberRow, member_id)
    if member is None:
        raise NotFound("member", member_id)
    if actor.member_id == member_id and actor.sites(Permission.OWN_WRITE):
        return member
    if not any(actor.may(Permission.MEMBERS_READ, site_id) for site_id in sites_of(db, member)):
        raise NotFound("member", member_id)
    if not any(actor.may(Permission.MEMBERS_WRITE, site_id) for site_id in sites_of(db, member)):
        raise Forbidden(f"this needs {Permission.MEMBERS_WRITE}")
    return member


def _visits(db: Session, member: MemberRow, before: str | None = None) -> list[Visitor]:
    mine = select(Visitor).where(Visitor.ref == member.ref).with_for_update()
    if before is not None:
        mine = mine.where(Visitor.month < before)
    return list(db.scalars(mine))


def _said_by(db: Session, ref: str) -> PersonTraits | None:
    mine = select(PersonTraits).join(MemberRow, MemberRow.id == PersonTraits.member_id)
    return db.scalar(mine.where(MemberRow.ref == ref))


def _values(row: PersonTraits) -> dict[Trait, str]:
    return {trait: str(getattr(row, trait.value) or NOT_STATED) for trait in Trait}


def _shape(row: PersonTraits) -> Traits:
    return to_shape(row, Traits, consent=True)
