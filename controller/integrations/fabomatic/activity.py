"""Lists boards that have been silent for more than a day in the site's activity."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.machines.machine_names import machine_names
from controller.domain.time import Utc
from controller.integrations.fabomatic.models import FabomaticBoardRow
from controller.kernel.activity import (
    ActivityQuery,
    ActivityRow,
    ActivitySource,
    NextAction,
    Part,
    Weight,
    say,
)

CHECK = "fabomatic.check"
"""The action that these rows suggest: look at the boards."""
SHOWN_AFTER = timedelta(days=1)
"""Boards may be switched off at night."""


def _activity_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    silent = FabomaticBoardRow.seen_at < Utc.of(query.now - SHOWN_AFTER)
    rows = db.scalars(
        select(FabomaticBoardRow)
        .where(FabomaticBoardRow.site_id == query.site, silent)
        .order_by(FabomaticBoardRow.seen_at, FabomaticBoardRow.number)
        .limit(query.limit)
    ).all()
    names = machine_names(db, [row.access_point_id for row in rows])
    for row in rows:
        last_seen = row.seen_at or query.now
        yield ActivityRow(
            part=Part.FAULTS,
            names=("board", str(row.number), last_seen.text()),
            at=last_seen,
            title=say(
                "%(where)s: FabOMatic board offline since %(since)s",
                where=names[row.access_point_id],
                since=last_seen,
            ),
            facts=(say("it still accepts the last badges that it knows"), say("often the network")),
            action=NextAction(CHECK),
            weight=Weight.TODO,
        )


RECENT = ActivitySource(read_rows=_activity_rows, actions=frozenset({CHECK}))
