"""The outbox: news written in the transaction of their change, and read in the order of commits.

Positions count per site. A transaction takes its positions as its last step, under the lock of the
site's head, which it holds until the commit. So a reader that sees a position sees all lower ones
(docs/decisions/0081-outbox.md).
"""

from collections import defaultdict

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.models import OutboxCursor, OutboxHead, OutboxRow
from controller.kernel.news import News, NewsKinds, PostedNews
from controller.store.upsert import add_up, insert_all

BATCH_SIZE = 1000
"""Most news of a site that are read at once."""
RESTORE_OFFSET = 1 << 32
"""Added to positions after a restore, so that none is used twice."""


def post_news(db: Session, news: News) -> None:
    """Add news, written when the transaction commits; the same news is written once."""
    db.info.setdefault("told", {})[news] = None


def discard_news(db: Session) -> None:
    """Discard the news of this transaction so far, as when a projection is rebuilt."""
    db.info.pop("told", None)


def write_posted(db: Session, now: Utc) -> tuple[str, ...]:
    """Write the added news as the last step before the commit; return the sites that have news.

    The heads are locked in the order of the sites' ids, after every other lock, and until the
    commit.
    """
    by_site: defaultdict[str, list[News]] = defaultdict(list)
    for news in db.info.pop("told", ()):
        by_site[news.site].append(news)
    rows = []
    for site in sorted(by_site):
        last = add_up(db, OutboxHead, {"site_id": site}, "position", len(by_site[site]))
        first = last - len(by_site[site]) + 1
        rows += [
            _row(news_item, place, now) for place, news_item in enumerate(by_site[site], first)
        ]
    insert_all(db, OutboxRow, rows)
    return tuple(by_site)


def heads(db: Session) -> dict[str, int]:
    """Return the last position of each site that has had news."""
    rows = db.execute(select(OutboxHead.site_id, OutboxHead.position))
    return {row.site_id: row.position for row in rows}


def head(db: Session, site: str) -> int:
    """Return the last position of a site; 0 before its first news."""
    return db.scalar(select(OutboxHead.position).where(OutboxHead.site_id == site)) or 0


def news_since(
    db: Session, kinds: NewsKinds, site: str, position: int, limit: int = BATCH_SIZE
) -> list[PostedNews]:
    """Return the news at a site after a position, in order, at most `limit`."""
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
    """Return whether all news after a position, up to the head, are still stored."""
    if position == head:
        return True
    oldest = db.scalar(select(func.min(OutboxRow.position)).where(OutboxRow.site_id == site))
    return oldest is not None and oldest <= position + 1 <= head


def renumber(db: Session) -> None:
    """Move all heads far ahead after a restore, so that no position is used twice.

    Readers that had read everything are moved too.
    """
    for site, last in heads(db).items():
        at_end = (OutboxCursor.site_id == site) & (OutboxCursor.position == last)
        db.execute(update(OutboxCursor).where(at_end).values(position=last + RESTORE_OFFSET))
        db.execute(
            update(OutboxHead)
            .where(OutboxHead.site_id == site)
            .values(position=last + RESTORE_OFFSET)
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
