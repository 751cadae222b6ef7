"""New entries of the safety register, for *Catch up*."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.safety_register.models import SafetyEntry
from controller.kernel.activity import (
    ActivityQuery,
    ActivityRow,
    ActivitySource,
    NextAction,
    Part,
    Weight,
    moment,
    plain,
    say,
)
from controller.kernel.names import names_of

READ = "register.read"
_EXCERPT_LENGTH = 120
"""How many characters of an entry are shown."""


def _activity_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    table = SafetyEntry
    rows = db.scalars(
        select(table)
        .where(table.site_id == query.site, table.changed_at >= query.since)
        .where(table.annulled_at.is_(None))
        .order_by(table.id.desc())
        .limit(query.limit)
    ).all()
    names = names_of(db, [row.written_by for row in rows])
    for row in rows:
        short = (
            row.account
            if len(row.account) <= _EXCERPT_LENGTH
            else f"{row.account[:_EXCERPT_LENGTH].rstrip()}…"
        )
        yield ActivityRow(
            part=Part.SAFETY,
            names=("register", row.id, row.changed_at.text()),
            at=row.happened_at,
            title=plain(short),
            facts=(
                moment(row.happened_at),
                say("written by %(name)s", name=names.get(row.written_by, row.written_by)),
            ),
            weight=Weight.TODO,
            action=NextAction(READ, {"year": str(row.year)}),
        )


RECENT = ActivitySource(read_rows=_activity_rows, actions=frozenset({READ}))
