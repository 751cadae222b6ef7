"""Changes from the database of this installation, for `loquet watch`."""

import argparse
import logging
from collections.abc import Iterator
from threading import Event

from sqlalchemy.exc import DBAPIError

from controller.cli.watching.lines import MISSED, NOW, START, Line, format_cursor, parse_cursor
from controller.cli.work import open_configured
from controller.kernel import outbox, outbox_places
from controller.kernel.database import Database
from controller.kernel.outbox_follower import RETRY_S, FollowResult, OutboxFollower, bell
from controller.live import Live
from controller.store.engine import first_line

_log = logging.getLogger(__name__)


def lines(args: argparse.Namespace, begin: str) -> Iterator[Line]:
    """Yield the changes from `begin` on; with --once only those that exist now."""
    with open_configured(args) as (settings, database):
        follower = OutboxFollower(database, _places(database, begin))
        yield Line(cursor=format_cursor(follower.places))
        with bell(Live(settings.redis.url)) as ringing:
            while True:
                yield from _lines(_read_changes(follower, args.once), follower, args.site)
                if args.once:
                    return
                ringing.wait(Event())  # until Redis announces news, or a second at most


def _places(database: Database, begin: str) -> dict[str, int]:
    """Return the position after which to read each site; by default its current end."""
    with database.read() as db:
        if begin == START:
            return {
                site: outbox_places.first_position(db, site, at)
                for site, at in outbox.heads(db).items()
            }
        given_places = {} if begin == NOW else parse_cursor(begin) or {}
        return {**outbox.heads(db), **given_places}


def _read_changes(follower: OutboxFollower, once: bool) -> FollowResult:
    """Return new changes; none while the database is unreachable.

    With --once (`once`) raises DBAPIError instead of trying again later.
    """
    try:
        return follower.poll()
    except DBAPIError as problem:
        if once:
            raise
        _log.warning("%s; trying again", first_line(problem))
        Event().wait(RETRY_S)
        return FollowResult()


def _lines(result: FollowResult, follower: OutboxFollower, site: str | None) -> Iterator[Line]:
    """Yield a line for each change, with the cursor that continues right after it.

    All news of one poll are read together, so the cursor of a line must not cover later ones.
    """
    places = follower.places
    for news in result.news:
        places[news.site] = min(places[news.site], news.position - 1)
    for lost_site in result.lost:
        if site in (None, lost_site):
            yield Line(cursor=format_cursor(places), type=MISSED, site=lost_site)
    for news in result.news:
        places[news.site] = news.position
        if site in (None, news.site):
            yield Line(
                cursor=format_cursor(places),
                type=news.what,
                site=news.site,
                key=news.key,
                at=news.at.text(),
            )
