"""Evacuations and drills, for *Catch up*."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.presence.models import EvacuationKind, EvacuationRow
from controller.kernel.activity import (
    ActivityQuery,
    ActivityRow,
    ActivitySource,
    Part,
    Weight,
    count,
    quote,
    say,
)


def _activity_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    table = EvacuationRow
    rows = db.scalars(
        select(table)
        .where(table.site_id == query.site, table.started_at >= query.since)
        .order_by(table.id.desc())
        .limit(query.limit)
    )
    for row in rows:
        drill = row.kind is EvacuationKind.DRILL
        facts = [count("%(n)s person", "%(n)s people", row.heads)]
        facts += [say("ended %(at)s", at=row.ended_at)] if row.ended_at else [say("in progress")]
        facts += [say("started by mistake")] if row.by_mistake else []
        facts += [quote(row.remarks)] if row.remarks else []
        title = say("Evacuation drill %(at)s", at=row.started_at)
        yield ActivityRow(
            part=Part.SAFETY,
            names=("evacuation", row.id),
            at=row.started_at,
            title=title if drill else say("Evacuation %(at)s", at=row.started_at),
            facts=tuple(facts),
            weight=Weight.KNOW if drill or row.by_mistake else Weight.TODO,
        )


RECENT = ActivitySource(read_rows=_activity_rows)
