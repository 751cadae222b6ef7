"""`loquet site-key`: the key with which a site's boxes know badges is changed, without a pause."""

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
    """Declare what is to be done, and at which site."""
    parser.add_argument("what", choices=["new", "list", "end"])
    parser.add_argument("--site", help="without, the configured site")
    parser.add_argument(
        "--anyway", action="store_true", help="end: also when boxes have not taken the newer key"
    )


def run(args: argparse.Namespace) -> int:
    """Do it. Raises one-line errors."""
    return {"new": _new, "list": _list, "end": _end}[args.what](args)


def _new(args: argparse.Namespace) -> int:
    from controller.capabilities.machines import site_key_change
    from controller.cli.numbers import vault_of
    from controller.cli.work import opened
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock

    with opened(args) as (settings, database):
        site_key_change.begin(
            _one_by_one(database),
            args.site or settings.site.id,
            vault_of(settings),
            actor=Actor.system("cli"),
            now=wall_clock(),
        )
    return _list(args)


def _one_by_one(database: "Database") -> "Callable[[], AbstractContextManager[Session]]":
    """Transactions between which others may write."""
    count = itertools.count()

    @contextmanager
    def write() -> "Iterator[Session]":
        if next(count):
            database.give_way()
        with database.write() as db:
            yield db

    return write


def _list(args: argparse.Namespace) -> int:
    from controller.capabilities.machines.site_key_change import standing
    from controller.cli.work import opened, show

    with opened(args) as (settings, database), database.read() as db:
        site = args.site or settings.site.id
        found = standing(db, site)
    told = {
        "site": site,
        "generation": found.generation,
        "older": found.older,
        "lack": list(found.lack),
        "unread": found.unread,
    }
    newest = _called(found.generation)
    lines = [f"{site}: {newest}"]
    if found.older is not None:
        boxes = ", ".join(found.lack) or "none: the older one ends a day after the newer came"
        lines += [f"{_called(found.older)} still counts", f"boxes without {newest}: {boxes}"]
    if found.unread:
        lines.append(
            f"badges whose number nobody knows: {found.unread}; boxes that are enrolled from now on"
            " don't know them: give them again by their number"
        )
    show(args, told, "\n".join(lines))
    return 0


def _called(generation: int) -> str:
    """As people tell keys apart: a generation is the minutes since 1970, but for the first."""
    if generation == 1:
        return "the first key"
    return f"the key of {datetime.fromtimestamp(generation * 60, UTC):%Y-%m-%d %H:%M} UTC"


def _end(args: argparse.Namespace) -> int:
    from controller.capabilities.machines import site_key_change
    from controller.cli.work import Failed, opened, show
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock

    with opened(args) as (settings, database), database.write() as db:
        site = args.site or settings.site.id
        lack = site_key_change.standing(db, site).lack
        if lack and not args.anyway:
            raise Failed(
                f"these boxes would know nobody any more: {', '.join(lack)}; wait until they are"
                " there, revoke them, or add --anyway"
            )
        site_key_change.end(db, site, actor=Actor.system("cli"), now=wall_clock())
    show(args, {"site": site, "ended": True}, f"{site}: the older key has ended")
    return 0
