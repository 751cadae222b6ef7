"""Messages that can't be sent, for *Catch up*."""

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
"""How long permanently refused messages are shown."""
SHOWN_AFTER = timedelta(hours=1)
"""For how long messages must wait before they are shown, since a mail server may restart."""


def _activity_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield a row about messages that the mail server delays, and one about single messages that
    fail repeatedly.

    Each row names the oldest message.
    """
    of_server = MessageRow.trouble.in_(sorted(SERVER_TROUBLES))
    yield from _held_up(db, query, of_server, NONE_SENT)
    yield from _held_up(db, query, ~of_server, SOME_FAILED)
    yield from _refused_messages(db, query)


def _refused_messages(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield a row about permanently refused messages of kinds that can't be turned off.

    They are the only notice of actions in a member's name.
    """
    refused = (
        MessageRow.site_id == query.site,
        MessageRow.due_at.is_(None),
        MessageRow.trouble.in_(sorted((Trouble.CONTENT, Trouble.RECIPIENT))),
        MessageRow.what.not_in(sorted(db.info["house"].messages.stoppable)),
        MessageRow.written_at > Utc.of(query.now - REFUSED_FOR),
    )
    refused_messages = (
        select(MessageRow.id, MessageRow.written_at).where(*refused).order_by(MessageRow.id)
    )
    if rows := db.execute(refused_messages).all():
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


def _held_up(
    db: Session, query: ActivityQuery, condition: ColumnElement[bool], title: str
) -> Iterator[ActivityRow]:
    conditions = (MessageRow.site_id == query.site, MessageRow.due_at.is_not(None), condition)
    first = db.execute(
        select(MessageRow.id, MessageRow.written_at)
        .where(*conditions)
        .order_by(MessageRow.id)
        .limit(1)
    ).first()
    if first is None or first.written_at > Utc.of(query.now - SHOWN_AFTER):
        return
    number = db.scalar(select(func.count()).select_from(MessageRow).where(*conditions)) or 0
    yield ActivityRow(
        part=Part.MAINTENANCE,
        names=("messages", first.id),
        at=first.written_at,
        title=say(title, at=first.written_at),
        facts=(
            count("%(n)s message waiting", "%(n)s messages waiting", number),
            say("nothing is lost: sending is retried automatically"),
        ),
        weight=Weight.BAD,
        action=NextAction(READ),
    )


RECENT = ActivitySource(read_rows=_activity_rows, actions=frozenset({READ}))
