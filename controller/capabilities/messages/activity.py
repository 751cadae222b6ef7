"""Letters that do not go out are shown on *Catch up*, since no mail can report it."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from controller.capabilities.messages.models import MessageRow
from controller.capabilities.messages.troubles import SERVER_TROUBLES, Trouble
from controller.domain.locale.catalogue import N_
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
NONE_SENT = N_("No e-mail has been sent since %(at)s")
SOME_FAILED = N_("Single e-mails have failed since %(at)s")
REFUSED = N_("E-mails that people must get have been refused since %(at)s")
REFUSED_FOR = timedelta(days=7)
"""How long messages that were refused for good are shown."""
SHOWN_AFTER = timedelta(hours=1)
"""How long messages must wait to be shown; a mail server may restart meanwhile."""


def _tell(db: Session, asked: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield a row about the messages that the mail server holds up, and one about single messages
    that are tried in vain.

    Each names the oldest of them.
    """
    of_server = MessageRow.trouble.in_(sorted(SERVER_TROUBLES))
    yield from _held(db, asked, of_server, NONE_SENT)
    yield from _held(db, asked, ~of_server, SOME_FAILED)
    yield from _refused(db, asked)


def _refused(db: Session, asked: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield a row about messages that a mail server refused for good, and that nobody can stop.

    They are the only notice of what was done in somebody's name.
    """
    refused = (
        MessageRow.site_id == asked.site,
        MessageRow.due_at.is_(None),
        MessageRow.trouble.in_(sorted((Trouble.CONTENT, Trouble.RECIPIENT))),
        MessageRow.what.not_in(sorted(db.info["house"].messages.stoppable)),
        MessageRow.written_at > Utc.of(asked.now - REFUSED_FOR),
    )
    found = select(MessageRow.id, MessageRow.written_at).where(*refused).order_by(MessageRow.id)
    if rows := db.execute(found).all():
        first, number = rows[0], len(rows)
        yield ActivityRow(
            part=Part.MAINTENANCE,
            names=("messages", first.id),
            at=first.written_at,
            title=say(REFUSED, at=first.written_at),
            facts=(count("%(n)s message refused", "%(n)s messages refused", number),),
            weight=Weight.BAD,
            action=NextAction(READ),
        )


def _held(
    db: Session, asked: ActivityQuery, which: ColumnElement[bool], title: str
) -> Iterator[ActivityRow]:
    held = (MessageRow.site_id == asked.site, MessageRow.due_at.is_not(None), which)
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
        title=say(title, at=first.written_at),
        facts=(
            count("%(n)s message waiting", "%(n)s messages waiting", waiting),
            say("nothing is lost: sending is retried automatically"),
        ),
        weight=Weight.BAD,
        action=NextAction(READ),
    )


RECENT = ActivitySource(tell=_tell, actions=frozenset({READ}))
