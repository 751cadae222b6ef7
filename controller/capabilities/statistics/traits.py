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
    _member_row(db, member_id, actor)
    row = db.get(PersonTraits, member_id)
    return _shape(row) if row else None


def store_traits(db: Session, member_id: str, traits: Traits, *, actor: Actor, now: Utc) -> Traits:
    """Store a member's traits, with their consent; they count from this month on.

    Earlier traits stay in the earlier months' totals. Raises NotFound, Forbidden, Invalid.
    """
    member = _member_row(db, member_id, actor)
    if not traits.consent:
        raise Invalid.of("consent", "required: without consent nothing is stored")
    month = current_month(db, member.site_id, now)
    row = db.get(PersonTraits, member_id)
    if row is None:
        row = PersonTraits(member_id=member_id)
        db.add(row)
    else:
        count(db, _visits(db, member, before=month))
    row.since, row.consented_at, row.asked_by = month, now, actor.ref
    row.genre, row.tranche_age = traits.genre, traits.tranche_age
    row.statut_social, row.commune = traits.statut_social, traits.commune
    db.flush()
    return _shape(row)


def withdraw(db: Session, member_id: str, *, actor: Actor) -> None:
    """Delete a member's traits; totals that include them stay. Raises NotFound, Forbidden."""
    _member_row(db, member_id, actor)
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
    """Move the traits of a merged record to the kept one.

    If both have some, those of the merged record are counted and deleted.
    """
    merged_traits = db.get(PersonTraits, merged.gone.id)
    if merged_traits is None:
        return
    if db.get(PersonTraits, merged.kept.id) is not None:
        remove(db, merged_traits)
        return
    cells = {
        column.name: getattr(merged_traits, column.name) for column in PersonTraits.__table__.c
    }
    db.delete(merged_traits)
    db.add(PersonTraits(**cells | {"member_id": merged.kept.id}))
    db.flush()


def count(db: Session, rows: Iterable[Visitor]) -> None:
    """Add the traits of these visitors to the totals of their months, once."""
    for row in rows:
        stated = _stated_traits(db, row.ref)
        if stated is None or row.traits_counted or row.month < stated.since:
            continue
        sums = [
            {"site_id": row.site_id, "month": row.month, "trait": trait, "value": value}
            | {"people": 1}
            for trait, value in _values(stated).items()
        ]
        add_sums(db, TraitPast, sums)
        row.traits_counted = True
    db.flush()


def by_trait(
    db: Session, site_id: str, first: str, last: str
) -> Mapping[str, Mapping[Trait, Mapping[str, int]]]:
    """Return the number of visitors by month, trait and value, without those who stated nothing."""
    totals: dict[str, dict[Trait, dict[str, int]]] = {}
    for month, trait, value, people in _trait_counts(db, site_id, first, last):
        counts = totals.setdefault(month, {}).setdefault(trait, {})
        counts[value] = counts.get(value, 0) + people
    return totals


def _trait_counts(
    db: Session, site_id: str, first: str, last: str
) -> list[tuple[str, Trait, str, int]]:
    """Return month, trait, value and number: of stored visitors, and of those in the totals."""
    values = [
        func.coalesce(PersonTraits.commune, NOT_STATED)
        if trait is Trait.COMMUNE
        else getattr(PersonTraits, trait.value)
        for trait in Trait
    ]
    visits = (
        select(Visitor.month, func.count(), *values)
        .join(MemberRow, MemberRow.ref == Visitor.ref)
        .join(PersonTraits, PersonTraits.member_id == MemberRow.id)
        .where(Visitor.site_id == site_id, Visitor.month >= first, Visitor.month <= last)
        .where(Visitor.month >= PersonTraits.since, Visitor.traits_counted.is_(False))
        .group_by(Visitor.month, *values)
    )
    live_counts = [
        (month, trait, str(value), int(n))
        for month, n, *stated in db.execute(visits)
        for trait, value in zip(Trait, stated, strict=True)
    ]
    past = select(TraitPast.month, TraitPast.trait, TraitPast.value, TraitPast.people).where(
        TraitPast.site_id == site_id, TraitPast.month >= first, TraitPast.month <= last
    )
    return live_counts + [
        (month, Trait(trait), value, n) for month, trait, value, n in db.execute(past)
    ]


def current_month(db: Session, site_id: str, now: Utc) -> str:
    """Return the current month at the site."""
    zone = ZoneInfo(get_or_404(db, SiteRow, site_id, "site").time_zone)
    return f"{now.astimezone(zone):%Y-%m}"


def _member_row(db: Session, member_id: str, actor: Actor) -> MemberRow:
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
    visits = select(Visitor).where(Visitor.ref == member.ref).with_for_update()
    if before is not None:
        visits = visits.where(Visitor.month < before)
    return list(db.scalars(visits))


def _stated_traits(db: Session, ref: str) -> PersonTraits | None:
    stated = select(PersonTraits).join(MemberRow, MemberRow.id == PersonTraits.member_id)
    return db.scalar(stated.where(MemberRow.ref == ref))


def _values(row: PersonTraits) -> dict[Trait, str]:
    return {trait: str(getattr(row, trait.value) or NOT_STATED) for trait in Trait}


def _shape(row: PersonTraits) -> Traits:
    return to_shape(row, Traits, consent=True)
