"""News of what changed: written in the transaction that changes it, read in the order of commits.

Positions count at each site. A transaction takes its own as the last thing that it does, under the
lock of the site's head, which it holds until it is committed: whoever sees a position sees all
below it (docs/decisions/0081-outbox.md).
"""

from collections import defaultdict

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.changes import Change, Kinds, News
from controller.kernel.models import OutboxCursor, OutboxHead, OutboxRow
from controller.store.upsert import add_up, insert_all

AT_ONCE = 1000
"""How many news of a site are read in one go."""
JUMP = 1 << 32


def tell(db: Session, change: Change) -> None:
    """Have it written when the transaction commits. Saying the same twice is saying it once."""
    db.info.setdefault("changes", {})[change] = None


def tell_nothing(db: Session) -> None:
    """Take back what this transaction has told so far: what is made again is no news."""
    db.info.pop("changes", None)


def write_told(db: Session, now: Utc) -> tuple[str, ...]:
    """As the last thing before the commit: write what was told; the sites that have news.

    The heads are locked in the order of the sites' ids, after every other lock, and until the
    commit.
    """
    told: defaultdict[str, list[Change]] = defaultdict(list)
    for change in db.info.pop("changes", ()):
        told[change.site].append(change)
    rows = []
    for site in sorted(told):
        last = add_up(db, OutboxHead, {"site_id": site}, "position", len(told[site]))
        first = last - len(told[site]) + 1
        rows += [_row(each, place, now) for place, each in enumerate(told[site], first)]
    insert_all(db, OutboxRow, rows)
    return tuple(told)


def heads(db: Session) -> dict[str, int]:
    """The last position of each site that has had news."""
    rows = db.execute(select(OutboxHead.site_id, OutboxHead.position))
    return {row.site_id: row.position for row in rows}


def since(db: Session, kinds: Kinds, site: str, position: int, limit: int = AT_ONCE) -> list[News]:
    """What is new at a site after a position, in order, at most so many."""
    columns = OutboxRow.__table__.c
    statement = (
        select(*columns)
        .where(columns.site_id == site, columns.position > position)
        .order_by(columns.position)
        .limit(limit)
    )
    return [
        News(
            site=site,
            position=row.position,
            at=row.at,
            room=row.room,
            what=row.what,
            key=row.key,
            change=kinds.read(row.what, site, row.key, row.detail),
        )
        for row in db.execute(statement)
    ]


def is_kept(db: Session, site: str, position: int, head: int) -> bool:
    """Whether everything after a position, up to the head, is still there to be read."""
    if position == head:
        return True
    oldest = db.scalar(select(func.min(OutboxRow.position)).where(OutboxRow.site_id == site))
    return oldest is not None and oldest <= position + 1 <= head


def number_anew(db: Session) -> None:
    """After a restore: no position is given a second time, to something else.

    Whoever had read everything still has.
    """
    for site, last in heads(db).items():
        at_end = (OutboxCursor.site_id == site) & (OutboxCursor.position == last)
        db.execute(update(OutboxCursor).where(at_end).values(position=last + JUMP))
        db.execute(
            update(OutboxHead).where(OutboxHead.site_id == site).values(position=last + JUMP)
        )


def _row(change: Change, position: int, now: Utc) -> dict[str, object]:
    return {
        "site_id": change.site,
        "position": position,
        "at": now,
        "room": change.ROOM,
        "what": change.WHAT,
        "key": change.key,
        "detail": change.detail(),
    }
