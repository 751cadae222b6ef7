"""Shows a broken audit chain on *Catch up*."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from controller.capabilities.audit import chain_check
from controller.kernel.activity import (
    ActivityQuery,
    ActivityRow,
    ActivitySource,
    NextAction,
    Part,
    Weight,
    say,
)

READ = "audit.read"
"""The action that the row suggests: open the audit."""


def _activity_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    chain = chain_check.chain_state(db)
    if chain.broken_at is not None and chain.checked_at is not None:
        yield ActivityRow(
            part=Part.FAULTS,
            names=("audit", str(chain.broken_at)),
            at=chain.checked_at,
            title=say("The audit log has been changed: no. %(n)s", n=chain.broken_at),
            facts=(say("compare a backup"),),
            weight=Weight.BAD,
            action=NextAction(READ),
        )


RECENT = ActivitySource(read_rows=_activity_rows, actions=frozenset({READ}))
