"""What each commit does beyond storing: audit, policy versions, and word to whoever listens."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker

from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.facts import PolicyHooks
from controller.live import Change, Live

_NOTES = ("touched", "audit", "changes", "new_versions", "savepoints")


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the listeners of a session need from outside."""

    live: Live | None
    clock: Callable[[], Utc]


def tell(db: Session, site_id: str, what: str, key: str) -> None:
    """Tell open pages of a change, once it is committed."""
    db.info.setdefault("changes", {})[Change(site=site_id, what=what, key=key)] = None


def watch(maker: sessionmaker[Session], policy: PolicyHooks) -> None:
    """Attach the listeners. No service can forget them, nor call them in the wrong order."""
    event.listen(maker, "before_flush", lambda db, _context, _instances: policy.collect(db))
    event.listen(maker, "do_orm_execute", policy.guard_bulk)
    event.listen(maker, "before_commit", _before_commit)
    event.listen(maker, "after_commit", _after_commit)
    event.listen(maker, "after_transaction_create", _after_begin)
    event.listen(maker, "after_soft_rollback", _after_rollback)


def refuse_writes(maker: sessionmaker[Session]) -> None:
    """Make a session for reading raise RuntimeError when it is about to write."""
    event.listen(maker, "before_flush", _refuse)


def _before_commit(db: Session) -> None:
    if db.in_nested_transaction():
        return
    # Facts first, then the audit's head, then the sites' counters in the order of their ids:
    # every transaction takes its locks in this order, so none waits for another in a circle.
    db.flush()
    audit.append_pending(db)
    hooks: Hooks = db.info["hooks"]
    db.info["new_versions"] = db.info["house"].policy.flush(db, hooks.clock())


def _after_commit(db: Session) -> None:
    if db.in_nested_transaction():
        return
    live = db.info["hooks"].live
    sites = db.info.pop("new_versions", ())
    changes = db.info.pop("changes", {})
    if live is None:
        return
    for site in sites:
        live.policy_changed(site)
    for change in changes:
        live.changed(change)


def _after_begin(db: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        db.info.setdefault("savepoints", {})[transaction] = len(db.info.get("audit", ()))


def _after_rollback(db: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        # What was touched stays noted, which is harmless; what did not happen is not recorded.
        del db.info.get("audit", [])[db.info["savepoints"].pop(transaction) :]
        return
    if transaction.parent is not None:
        return  # of a flush that failed: what encloses it is rolled back next
    for note in _NOTES:
        db.info.pop(note, None)


def _refuse(db: Session, _context: object, _instances: object) -> None:
    raise RuntimeError("this session is for reading; use Database.write()")
