"""Who came in which month, as reported by doors, machines and the desk; later only how many."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Update, func, select, tuple_, update
from sqlalchemy.orm import Session

from controller.capabilities.members.changes import MemberMerged
from controller.capabilities.members.models import MemberRow
from controller.capabilities.presence.changes import CheckInUndone, MemberCheckedIn
from controller.capabilities.statistics import traits
from controller.capabilities.statistics.models import Visitor, VisitorBorder, VisitorPast
from controller.capabilities.statistics.scope import next_month
from controller.capabilities.usage.booked_to import public_of
from controller.capabilities.usage.totals import time_zones
from controller.domain.time import Utc
from controller.kernel.privacy import RetentionScope
from controller.kernel.projections import StoredEvent
from controller.policy.reading import chunks
from controller.store.upsert import add_sums, insert_missing, upsert
from controller.wire.events import CertifiedAtMachine, DoorOpened, GuestAdmitted, SessionStarted

KINDS = ("session_started", "door_opened", "guest_admitted", "certified_at_machine")
"""Types of events that show that somebody is there."""
_AT_ONCE = 500
Sighting = tuple[str, Utc, str]
"""Site, time, and the person's reference."""


class Visit(NamedTuple):
    """A person came to a site in a month."""

    site_id: str
    month: str
    ref: str


_KEY = tuple_(Visitor.site_id, Visitor.month, Visitor.ref)


def record_events(db: Session, events: Sequence[StoredEvent]) -> None:
    """Record the people who came in according to these events."""
    sightings = [(event.site, event.estimate, ref) for event in events if (ref := who_came(event))]
    if sightings:
        record_visitors(db, months_of(db, sightings))


def who_came(stored_event: StoredEvent) -> str | None:
    """Return the reference of the person who came in according to an event, if any."""
    match stored_event.event:
        case SessionStarted(member=str() as ref) | GuestAdmitted(guest=str() as ref):
            return ref
        case DoorOpened(member=str() as ref) as event if event.zone is not None:
            return ref
        case CertifiedAtMachine(trainee=str() as ref):
            return ref
    return None


def months_of(db: Session, sightings: Iterable[Sighting]) -> set[Visit]:
    """Return who came in which month, in the time zone of each site."""
    distinct = set(sightings)
    calendars = time_zones(db, {site for site, _, _ in distinct})
    return {
        Visit(site, f"{at.astimezone(calendars[site]):%Y-%m}", ref) for site, at, ref in distinct
    }


def record_visitors(db: Session, visits: Iterable[Visit]) -> None:
    """Record visitors seen in events, except in months before the site's border.

    Of those months only totals are left.
    """
    for batch in chunks(sorted(_after_border(db, visits)), _AT_ONCE):
        rows = select(Visitor.site_id, Visitor.month, Visitor.ref, Visitor.by_event)
        stored = {Visit(*row[:3]): row.by_event for row in db.execute(rows.where(_KEY.in_(batch)))}
        _add(db, [visit for visit in batch if visit not in stored], by_event=True)
        if by_desk := [visit for visit, by_event in stored.items() if not by_event]:
            db.execute(update(Visitor).where(_KEY.in_(by_desk)).values(by_event=True))


def record_check_in(db: Session, change: MemberCheckedIn) -> None:
    """Record a visitor whom the desk checked in."""
    visits = months_of(db, [(change.site_id, change.at, change.member_ref)])
    for visit in _after_border(db, visits):
        _add(db, [visit], by_event=False)
        db.execute(_add_desk_check_in(visit, 1))


def undo_check_in(db: Session, change: CheckInUndone) -> None:
    """Undo a check-in: remove that month's visitor, unless something else shows a visit."""
    for visit in months_of(db, [(change.site_id, change.at, change.member_ref)]):
        db.execute(_add_desk_check_in(visit, -1))
        row = db.get(Visitor, tuple(visit), populate_existing=True)
        if row is not None and not row.by_event and row.by_desk <= 0:
            db.delete(row)
            db.flush()


def _add_desk_check_in(visit: Visit, difference: int) -> Update:
    return (
        update(Visitor).where(tuple_(*visit) == _KEY).values(by_desk=Visitor.by_desk + difference)
    )


def _after_border(db: Session, visits: Iterable[Visit]) -> set[Visit]:
    borders = {row.site_id: row.month for row in db.scalars(select(VisitorBorder))}
    return {visit for visit in visits if visit.month >= borders.get(visit.site_id, "")}


def _add(db: Session, new: Sequence[Visit], *, by_event: bool) -> None:
    """Insert visitors, without groups, which are not members."""
    people = select(MemberRow.ref, MemberRow.categories)
    members = people.where(MemberRow.ref.in_({visit.ref for visit in new}))
    publics = {ref: public_of(categories) or "" for ref, categories in db.execute(members)}
    defaults = {"by_event": by_event, "by_desk": 0, "traits_counted": False}
    rows = [
        visit._asdict() | {"public": publics[visit.ref]} | defaults
        for visit in new
        if visit.ref in publics
    ]
    insert_missing(db, Visitor, rows)


def by_public(db: Session, site_id: str, first: str, last: str) -> Mapping[str, Mapping[str, int]]:
    """Return the number of visitors by month and category, including erased ones."""
    counts: dict[str, dict[str, int]] = {}
    for model, count in ((Visitor, func.count()), (VisitorPast, func.sum(VisitorPast.people))):
        in_months = (model.site_id == site_id, model.month >= first, model.month <= last)
        rows = select(model.month, model.public, count).where(*in_months)
        for month, public, people in db.execute(rows.group_by(model.month, model.public)):
            of_month = counts.setdefault(month, {})
            of_month[public] = of_month.get(public, 0) + int(people)
    return counts


def count_expired(db: Session, scope: RetentionScope) -> int:
    """Replace visitors of expired past months by their number."""
    calendar = time_zones(db, [scope.site_id])[scope.site_id]
    last, current_month = (f"{at.astimezone(calendar):%Y-%m}" for at in (scope.before, scope.now))
    before = db.get(VisitorBorder, scope.site_id)
    # The border never moves back, even if the clock does, since those visitors are already counted.
    border = max(min(next_month(last), current_month), before.month if before else "")
    old = select(Visitor).where(Visitor.site_id == scope.site_id, Visitor.month < border)
    rows = db.scalars(old).all()
    for row in rows:
        count_and_remove(db, row)
    upsert(db, VisitorBorder, [{"site_id": scope.site_id, "month": border}])
    return len(rows)


def count_and_remove(db: Session, row: Visitor) -> None:
    """Add a visitor to the totals and delete the row."""
    traits.count(db, [row])
    key = {"site_id": row.site_id, "month": row.month, "public": row.public}
    add_sums(db, VisitorPast, [key | {"people": 1}])
    db.delete(row)
    db.flush()


def merge(db: Session, merged: MemberMerged) -> None:
    """Merge the visitors of two records, so that one person counts once a month."""
    merged_visitors = db.scalars(select(Visitor).where(Visitor.ref == merged.gone.ref)).all()
    for row in merged_visitors:
        kept_visitor = db.get(Visitor, (row.site_id, row.month, merged.kept.ref))
        if kept_visitor is None:
            row.ref = merged.kept.ref
            continue
        kept_visitor.by_event, kept_visitor.by_desk = (
            kept_visitor.by_event or row.by_event,
            kept_visitor.by_desk + row.by_desk,
        )
        db.delete(row)
    db.flush()
