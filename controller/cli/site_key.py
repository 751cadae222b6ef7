"""`loquet site-key`: change the key by which a site's boxes recognise badges."""

import argparse
import itertools
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from controller.kernel.database import Database, Session

EXAMPLE = "loquet site-key new"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the action and the site."""
    parser.add_argument("what", choices=["new", "list", "end"])
    parser.add_argument("--site", help="default: the configured site")
    parser.add_argument(
        "--anyway",
        action="store_true",
        help="do it even if there is a cost; without this option, the cost is shown",
    )


def run(args: argparse.Namespace) -> int:
    """Run the action. Raises CommandFailed and service errors."""
    return {"new": _new, "list": _list, "end": _end}[args.what](args)


def _new(args: argparse.Namespace) -> int:
    from controller.capabilities.machines import site_key_change
    from controller.cli.numbers import vault_of
    from controller.cli.work import open_configured
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock

    with open_configured(args) as (settings, database):
        site_key_change.begin(
            _one_by_one(database),
            args.site or settings.site.id,
            vault_of(settings),
            anyway=args.anyway,
            actor=Actor.system("cli"),
            now=wall_clock(),
        )
    return _list(args)


def _one_by_one(database: "Database") -> "Callable[[], AbstractContextManager[Session]]":
    """Return a function that opens transactions, between which others may write."""
    count = itertools.count()

    @contextmanager
    def write() -> "Iterator[Session]":
        if next(count):
            database.give_way()
        with database.write() as db:
            yield db

    return write


def _list(args: argparse.Namespace) -> int:
    from controller.capabilities.machines.site_key_change import (
        count_badges_without_number,
        key_change_progress,
    )
    from controller.cli.work import open_configured, show
    from controller.kernel.database import wall_clock

    with open_configured(args) as (settings, database), database.read() as db:
        site = args.site or settings.site.id
        progress = key_change_progress(db, _check_site(db, site), wall_clock())
        without_number = count_badges_without_number(db, site)
    result = {
        "site": site,
        "generation": progress.generation,
        "older": progress.older,
        "lack": list(progress.boxes_without_key),
        "unread": without_number,
    }
    newest = _key_name(progress.generation)
    lines = [f"{site}: {newest}"]
    if progress.older is not None:
        when = (
            ""
            if progress.boxes_without_key
            else ", until a day after the last box has taken the newer one"
        )
        lines.append(f"{_key_name(progress.older)} still counts{when}")
    if progress.boxes_without_key:
        lines.append(f"boxes without {newest}: {', '.join(progress.boxes_without_key)}")
    if without_number:
        lines.append(
            f"badges without a stored number: {without_number}. Newly enrolled boxes don't"
            " recognise them; after the next change, no box will. Assign them again by number."
        )
    show(args, result, "\n".join(lines))
    return 0


def _key_name(generation: int) -> str:
    """Return a name for a key: its generation is in minutes since 1970, except for the first."""
    if generation == 1:
        return "the first key"
    return f"the key of {datetime.fromtimestamp(generation * 60, UTC):%Y-%m-%d %H:%M} UTC"


def _end(args: argparse.Namespace) -> int:
    from controller.capabilities.machines import site_key_change
    from controller.cli.work import CommandFailed, open_configured, show
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock

    with open_configured(args) as (settings, database), database.write() as db:
        site, now = _check_site(db, args.site or settings.site.id), wall_clock()
        progress = site_key_change.key_change_progress(db, site, now)
        if progress.older is not None and not (progress.is_over or args.anyway):
            boxes = ", ".join(progress.boxes_without_key)
            raise CommandFailed(
                (f"these boxes would recognise no badge any more: {boxes}" if boxes else "too soon")
                + "; people who began under the older key may still be working: it ends by itself a"
                " day after the last box has the newer one. Or add --anyway"
            )
        site_key_change.end(db, site, actor=Actor.system("cli"), now=now)
    show(args, {"site": site, "ended": True}, f"{site}: the older key has ended")
    return 0


def _check_site(db: "Session", site: str) -> str:
    from controller.capabilities.places.models import SiteRow
    from controller.cli.work import CommandFailed

    if db.get(SiteRow, site) is None:
        raise CommandFailed(f"there is no site {site} here")
    return site
