"""Work at each commit: audit, policy versions, news, and waking the listeners."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker

from controller.domain.time import Utc
from controller.kernel import audit, outbox
from controller.kernel.facts import PolicyHooks
from controller.live import Live

_NOTES = ("invalidated", "audit", "told", "news", "savepoints")
"""Keys of `Session.info`: what a transaction collects until its commit.

`told`: the news to write; `news`: then the sites that have some; `savepoints`: how many audit
entries and news there were when each savepoint began.
"""


@dataclass(frozen=True, slots=True)
class Hooks:
    """Dependencies of the session's event listeners."""

    live: Live | None
    clock: Callable[[], Utc]


def attach_listeners(maker: sessionmaker[Session], policy: PolicyHooks) -> None:
    """Attach the listeners, so that no service can forget the work or do it in the wrong order."""
    event.listen(maker, "before_flush", lambda db, _context, _instances: policy.collect(db))
    event.listen(maker, "do_orm_execute", policy.guard_bulk)
    event.listen(maker, "before_commit", _before_commit)
    event.listen(maker, "after_commit", _after_commit)
    event.listen(maker, "after_transaction_create", _after_begin)
    event.listen(maker, "after_soft_rollback", _after_rollback)


def refuse_writes(maker: sessionmaker[Session]) -> None:
    """Make the session raise RuntimeError on writes."""
    event.listen(maker, "before_flush", _refuse)


def _before_commit(db: Session) -> None:
    if db.in_nested_transaction():
        return
    # Facts first, then the audit's head, then the sites' policy counters, then the heads of their
    # news, both in the order of the sites' ids. The same order everywhere prevents deadlocks.
    db.flush()
    audit.append_pending(db)
    hooks: Hooks = db.info["hooks"]
    now = hooks.clock()
    db.info["house"].policy.flush(db, now)
    db.info["news"] = outbox.write_posted(db, now)


def _after_commit(db: Session) -> None:
    if db.in_nested_transaction():
        return
    live: Live | None = db.info["hooks"].live
    sites = db.info.pop("news", ())
    if live is not None:
        for site in sites:
            live.ring(site)


def _after_begin(db: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        before = len(db.info.get("audit", ())), len(db.info.get("told", ()))
        db.info.setdefault("savepoints", {})[transaction] = before


def _after_rollback(db: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        # Invalidations stay noted, which is harmless; audit entries and news of what did not
        # happen are dropped.
        audit_count, news_count = db.info["savepoints"].pop(transaction)
        del db.info.get("audit", [])[audit_count:]
        told = db.info.get("told", {})
        for news in list(told)[news_count:]:
            del told[news]
        return
    if transaction.parent is not None:
        return  # from a failed flush: the enclosing transaction is rolled back next
    for note in _NOTES:
        db.info.pop(note, None)


def _refuse(db: Session, _context: object, _instances: object) -> None:
    raise RuntimeError("this session is for reading; use Database.write()")
