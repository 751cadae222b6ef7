"""A failing mail server is shown on *Catch up*, since no mail can report it."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.messages.models import MessageRow
from controller.capabilities.messages.troubles import SERVER_TROUBLES
from controller.domain.time import Utc
from controller.kernel.activity import (
    ActivityQuery,
    ActivityRow,
    ActivitySource,
    NextAction,
    Part,
    Weight,
    count,
    say,
)

READ = "messages.read"
SHOWN_AFTER = timedelta(hours=1)
"""How long messages must wait to be shown; a mail server may restart meanwhile."""


def _tell(db: Session, asked: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield one row about the oldest message that the mail server holds up.

    It names that message.
    """
    held = (
        MessageRow.site_id == asked.site,
        MessageRow.due_at.is_not(None),
        MessageRow.trouble.in_(sorted(SERVER_TROUBLES)),
    )
    first = db.execute(
        select(MessageRow.id, MessageRow.written_at).where(*held).order_by(MessageRow.id).limit(1)
    ).first()
    if first is None or first.written_at > Utc.of(asked.now - SHOWN_AFTER):
        return
    waiting = db.scalar(select(func.count()).select_from(MessageRow).where(*held)) or 0
    yield ActivityRow(
        part=Part.MAINTENANCE,
        names=("messages", first.id),
        at=first.written_at,
        title=say("No e-mail has been sent since %(at)s", at=first.written_at),
        facts=(
            count("%(n)s message waiting", "%(n)s messages waiting", waiting),
            say("nothing is lost: sending is retried automatically"),
        ),
        weight=Weight.BAD,
        action=NextAction(READ),
    )


RECENT = ActivitySource(tell=_tell, actions=frozenset({READ}))
