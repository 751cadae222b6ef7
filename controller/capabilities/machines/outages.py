"""When and why an access point was out of service, according to the audit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.machines.access_points import access_point_row
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.models import AuditEntry, AuditNote

MAX_CHANGES = 200
"""Maximum number of changes that `outages` reads, newest first."""
_OUT, _IN = "out_of_service", "in_service"


@dataclass(frozen=True, slots=True)
class Outage:
    """A time out of service; an unfinished one ends now."""

    start: Utc
    end: Utc
    reason: str


def outages(
    db: Session, access_point_id: str, since: Utc, *, actor: Actor, now: Utc
) -> tuple[Outage, ...]:
    """Return the outages that overlap the time since then, oldest first.

    Raises NotFound, Forbidden.
    """
    row = access_point_row(db, access_point_id, actor)
    actor.require(Permission.LIVE_READ, row.site_id)
    changes = (
        select(AuditEntry.at, AuditEntry.action, AuditNote.text)
        .outerjoin(AuditNote, AuditNote.seq == AuditEntry.seq)
        .where(AuditEntry.subject == f"access_point:{row.id}", AuditEntry.action.in_((_OUT, _IN)))
        .order_by(AuditEntry.seq.desc())
        .limit(MAX_CHANGES)
    )
    outages_since = _pair_changes(
        [(at, action, text) for at, action, text in db.execute(changes)][::-1], now
    )
    return tuple(
        Outage(max(outage.start, since), outage.end, outage.reason)
        for outage in outages_since
        if outage.end > since
    )


def outages_at(
    db: Session, access_points: Sequence[str], now: Utc
) -> dict[str, tuple[Outage, ...]]:
    """Return all outages of these access points, oldest first; the caller checks permissions."""
    by_point: dict[str, list[tuple[Utc, str, str | None]]] = {}
    subjects = {f"access_point:{access_point}": access_point for access_point in access_points}
    changes = (
        select(AuditEntry.subject, AuditEntry.at, AuditEntry.action)
        .where(AuditEntry.subject.in_(subjects), AuditEntry.action.in_((_OUT, _IN)))
        .order_by(AuditEntry.seq)
    )
    for subject, at, action in db.execute(changes):
        by_point.setdefault(subjects[subject], []).append((at, action, None))
    return {
        point: tuple(_pair_changes(changes_of_point, now))
        for point, changes_of_point in by_point.items()
    }


def _pair_changes(changes: Sequence[tuple[Utc, str, str | None]], now: Utc) -> Iterator[Outage]:
    """Pair each start with its end; a new reason continues the same outage."""
    unfinished: tuple[Utc, str] | None = None  # start and reason
    for at, action, text in changes:
        if action == _OUT:
            unfinished = (unfinished[0] if unfinished else at, text or "")
        elif unfinished is not None:
            yield Outage(unfinished[0], at, unfinished[1])
            unfinished = None
    if unfinished is not None:
        yield Outage(unfinished[0], now, unfinished[1])
