"""News of what changed: written in the transaction that changes it, read in the order of commits.

Positions count at each site. A transaction takes its own as the last thing that it does, under the
lock of the site's head, which it holds until it is committed: whoever sees a position sees all
below it (docs/decisions/0081-outbox.md).
"""

from collections import defaultdict

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.models import OutboxCursor, OutboxHead, OutboxRow
from controller.kernel.news import Kinds, News, PostedNews
from controller.store.upsert import add_up, insert_all

BATCH_SIZE = 1000
"""Most news of a site that are read at once."""
JUMP = 1 << 32


def tell(db: Session, news: News) -> None:
    """Have it written when the transaction commits. Saying the same twice is saying it once."""
    db.info.setdefault("told", {})[news] = None


def tell_nothing(db: Session) -> None:
    """Discard the news of this transaction so far: rebuilding a projection is no news."""
    db.info.pop("told", None)


def write_told(db: Session, now: Utc) -> tuple[str, ...]:
    """As the last thing before the commit: write what was told; the sites that have news.

    The heads are locked in the order of the sites' ids, after every other lock, and until the
    commit.
    """
    told: defaultdict[str, list[News]] = defaultdict(list)
    for news in db.info.pop("told", ()):
        told[news.site].append(news)
    rows = []
    for site in sorted(told):
        last = add_up(db, OutboxHead, {"site_id": site}, "position", len(told[site]))
        first = last - len(told[site]) + 1
        rows += [_row(news_item, place, now) for place, news_item in enumerate(told[site], first)]
    insert_all(db, OutboxRow, rows)
    return tuple(told)


def heads(db: Session) -> dict[str, int]:
    """The last position of each site that has had news."""
    rows = db.execute(select(OutboxHead.site_id, OutboxHead.position))
    return {row.site_id: row.position for row in rows}


def head(db: Session, site: str) -> int:
    """The last position of a site; 0 before its first news."""
    return db.scalar(select(OutboxHead.position).where(OutboxHead.site_id == site)) or 0


def news_since(
    db: Session, kinds: Kinds, site: str, position: int, limit: int = BATCH_SIZE
) -> list[PostedNews]:
    """News at a site after a position, in order, at most `limit`."""
    columns = OutboxRow.__table__.c
    statement = (
        select(*columns)
        .where(columns.site_id == site, columns.position > position)
        .order_by(columns.position)
        .limit(limit)
    )
    return [
        PostedNews(
            site=site,
            position=row.position,
            at=row.at,
            feature=row.feature,
            what=row.what,
            key=row.key,
            news=kinds.read(row.what, site, row.key, row.detail),
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


def _row(news: News, position: int, now: Utc) -> dict[str, object]:
    return {
        "site_id": news.site,
        "position": position,
        "at": now,
        "feature": news.FEATURE,
        "what": news.WHAT,
        "key": news.key,
        "detail": news.detail(),
    }
