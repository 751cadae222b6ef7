"""When the database was last backed up: noted in the audit, which tells it to whoever was away."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.models import AuditEntry
from controller.kernel.since import Asked, Happened, Part, Recent, Said, Weight, say

ACTION, SUBJECT = "backup_made", "database:loquet"
OLD = timedelta(days=2)
"""From which age on somebody should look why there is no newer one."""


def note(db: Session, actor: Actor, now: Utc) -> None:
    """One was made, and is whole."""
    audit.record(db, actor, now, ACTION, SUBJECT)


def last(db: Session) -> Utc | None:
    """When the last one was made; None: never, as far as this database knows."""
    made = select(AuditEntry.at).where(AuditEntry.subject == SUBJECT, AuditEntry.action == ACTION)
    return db.scalar(made.order_by(AuditEntry.seq.desc()).limit(1))


def is_late(db: Session, late: timedelta, now: Utc) -> bool:
    """Whether there is no newer one than that; a place that is younger has none to be late."""
    begun = select(AuditEntry.at).order_by(AuditEntry.seq).limit(1)
    since = last(db) or db.scalar(begun)
    return since is not None and now - since > late


def _tell(db: Session, asked: Asked) -> Iterator[Happened]:
    at = last(db)
    if at is None:
        title = say("Aucune sauvegarde n’est notée : lancez loquet backup")
        yield _row("never", asked.now, Weight.TODO, title)
    elif asked.now - at > OLD:
        title = say("Pas de sauvegarde depuis %(at)s", at=at)
        yield _row(at.text(), at, Weight.TODO, title)
    else:
        yield _row(at.text(), at, Weight.FINE, say("Dernière sauvegarde : %(at)s", at=at))


def _row(key: str, at: Utc, weight: Weight, title: Said) -> Happened:
    return Happened(part=Part.UPKEEP, names=("backup", key), at=at, title=title, weight=weight)


RECENT = Recent(tell=_tell)
