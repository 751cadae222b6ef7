"""Rebuilds totals from the stored data, as far back as retention allows."""

from collections.abc import Iterator

from sqlalchemy import Select, delete, select, tuple_
from sqlalchemy.orm import Session

from controller.capabilities.places.models import SiteRow
from controller.capabilities.statistics import funder, visitors
from controller.capabilities.statistics.models import Visitor, VisitorBorder
from controller.capabilities.statistics.shapes import Rebuilt
from controller.capabilities.statistics.visitors import KINDS, Visit
from controller.capabilities.usage import totals
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.journal import EventRow
from controller.kernel.merged_events import with_merged_members
from controller.kernel.projections import Difference, Projection, StoredEvent, decoded_events
from controller.kernel.rows import get_or_404
from controller.policy.reading import chunks

_AT_ONCE = 2000
_KEY = tuple_(Visitor.site_id, Visitor.month, Visitor.ref)


def rebuild(
    db: Session, site_id: str, first: str | None, last: str | None, *, actor: Actor, now: Utc
) -> Rebuilt:
    """Recompute a site's totals, and compare these months' figures before and after.

    The caller commits. Raises Forbidden, NotFound, Invalid.
    """
    actor.require(Permission.REPORTS_READ, site_id)
    scope = funder.scope_of(get_or_404(db, SiteRow, site_id, "site"), first, last, now)
    before = funder.sums_of(db, scope)
    totals.recount(db, site_id)
    put_right(db, now)
    after = funder.sums_of(db, scope)
    return Rebuilt(
        site_id=site_id,
        months=len(scope.months),
        figures=len(after),
        different=list(funder.differences(before, after)),
        at=now,
    )


def put_right(db: Session, _now: Utc) -> list[Difference]:
    """Rebuild visitors from the stored events; visitors recorded by the desk stay."""
    from_events = _visits_from_events(db)
    rows = db.scalars(select(Visitor)).all()
    stored = {Visit(row.site_id, row.month, row.ref) for row in rows if row.by_event}
    borders = _border_months(db)
    wrong = {
        visit for visit in stored - from_events if visit.month > borders.get(visit.site_id, "")
    }
    visitors.record_visitors(db, from_events - stored)
    for batch in chunks(sorted(wrong), 500):
        db.execute(delete(Visitor).where(_KEY.in_(batch), Visitor.by_desk == 0))
    now_there = {Visit(*row) for row in db.execute(_keys())}
    differences = [("missing", visit) for visit in (from_events - stored) & now_there]
    differences += [("should not be there", visit) for visit in wrong - now_there]
    db.expire_all()
    return [
        Difference(Visitor.__tablename__, "/".join(key), difference)
        for difference, key in sorted(differences)
    ]


def _keys() -> Select[str, str, str]:
    return select(Visitor.site_id, Visitor.month, Visitor.ref).where(Visitor.by_event.is_(True))


def _visits_from_events(db: Session) -> set[Visit]:
    visits: set[Visit] = set()
    for batch in chunks(_events(db), _AT_ONCE):
        sightings = [
            (event.site, event.estimate, ref)
            for event in batch
            if (ref := visitors.who_came(event))
        ]
        visits |= visitors.months_of(db, sightings)
    return visits


def _events(db: Session) -> Iterator[StoredEvent]:
    statement = select(EventRow).where(EventRow.type.in_(KINDS), EventRow.body.is_not(None))
    rows = db.scalars(statement.execution_options(yield_per=_AT_ONCE))
    for batch in rows.partitions():
        yield from with_merged_members(
            db, [event for row in batch for event in decoded_events(row)]
        )


def _border_months(db: Session) -> dict[str, str]:
    """Return the border month of each site, up to which events may have been deleted."""
    return {row.site_id: row.month for row in db.scalars(select(VisitorBorder))}


PROJECTION = Projection(project=visitors.record_events, correct=put_right)
