"""Sends new audit entries and alarms to the log server every 15 s, from where it stopped last.

At least once: a process that stops between sending and storing its position sends the same again;
`seq` and `id` identify duplicates. While the server is unavailable, alarms are kept for two days
and audit entries for ever.
"""

import socket
from functools import cache
from importlib.metadata import version

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.integrations.syslog import log_lines
from controller.integrations.syslog.models import SyslogPlace
from controller.integrations.syslog.rfc5424 import Message
from controller.integrations.syslog.server import send
from controller.kernel import outbox, outbox_places
from controller.kernel.jobs import Job, Work
from controller.kernel.models import AuditEntry, AuditHead
from controller.kernel.outbox_places import ReaderPosition

NAME = READER = HOLDER = "syslog"
"""Names of the job, the outbox reader and its holder: only the process with the job reads."""
BATCH_SIZE = 200


def send_new(work: Work) -> None:
    """Send everything new.

    Raises OSError if the server can't be reached; the job is then retried.
    """
    if work.settings.syslog.to is None:
        return
    while work.may_continue() and _send_audit(work):
        pass
    while work.may_continue() and _send_alarms(work):
        pass


def _send_audit(work: Work) -> bool:
    """Send the next audit entries; return whether there may be more."""
    with work.read() as db:
        row = db.get(SyslogPlace, NAME)
        after = row.seq if row else None
        entries = _entries(db, after) if after is not None else []
        messages = log_lines.of_audit(entries)
        end = entries[-1].seq if entries else after
    if after is None or end is None:
        with work.write() as db:  # begins now; earlier entries are not sent
            _store_start(db, work.now)
        return False
    if end != after:
        _send(work, messages)
        with work.write() as db:
            place = db.get_one(SyslogPlace, NAME)
            place.seq, place.moved_at = end, work.now
    return len(entries) == BATCH_SIZE


def _entries(db: Session, after: int) -> list[AuditEntry]:
    rest = select(AuditEntry).where(AuditEntry.seq > after).order_by(AuditEntry.seq)
    return [*db.scalars(rest.limit(BATCH_SIZE))]


def _store_start(db: Session, now: Utc) -> None:
    head = db.scalars(select(AuditHead)).one()
    db.add(SyslogPlace(name=NAME, seq=head.seq, moved_at=now))


def _send_alarms(work: Work) -> bool:
    """Send the next alarms of each site; return whether there may be more."""
    with work.read() as db:
        places = [*outbox_places.places_behind(db, READER)]
    more = [_send_alarms_of_site(work, place) for place in places]
    return any(more)


def _send_alarms_of_site(work: Work, place: ReaderPosition) -> bool:
    with work.read() as db:
        kinds = db.info["house"].kinds
        news = outbox.news_since(db, kinds, place.site, place.position, BATCH_SIZE)
        messages = log_lines.of_alarms(db, news)
    _send(work, messages)
    end = news[-1].position if len(news) == BATCH_SIZE else place.head
    with work.write() as db:
        if outbox_places.take(db, READER, place, HOLDER, work.now) == place.position:
            start, site = place.position, place.site
            outbox_places.move(db, READER, site, HOLDER, start=start, end=end, now=work.now)
    return len(news) == BATCH_SIZE


def _send(work: Work, messages: list[Message]) -> None:
    if messages:
        host = socket.gethostname()
        send(work.settings.syslog, [message.line(host, _version()) for message in messages])


@cache
def _version() -> str:
    return version("loquet")


JOBS = (Job(name=NAME, title=N_("sending to the log server"), run=send_new, period_s=15.0),)
