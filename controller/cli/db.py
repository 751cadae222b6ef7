"""`loquet db`: upgrade, check, rebuild, retain, back up and restore the database."""

import argparse
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from controller.cli import settings_of

EXAMPLE = "loquet db backup /var/backups/loquet.db"
LISTED = 100
"""Of what is wrong with rows, so many are named; gaps all."""
_WITH_FILE = ("backup", "restore")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the action, and the file of backup and restore."""
    parser.add_argument("action", choices=sorted(_ACTIONS))
    parser.add_argument("file", nargs="?", type=Path, help="of backup and restore")


def run(args: argparse.Namespace) -> int:
    """Do the action."""
    if args.action in _WITH_FILE and args.file is None:
        args.wrong(f"name the file: loquet db {args.action} FILE")
    if args.action not in _WITH_FILE and args.file is not None:
        args.wrong(f"{args.action} takes no file")
    _ACTIONS[args.action](args)
    return 0


def _upgrade(args: argparse.Namespace) -> None:
    from controller.assembly import HOUSE
    from controller.cli.work import show
    from controller.store.engine import open_database
    from controller.store.migrate import current, upgrade

    engine = open_database(settings_of(args).database.url)
    before = current(engine)
    upgrade(engine, HOUSE.migrations)
    after = current(engine)
    engine.dispose()
    show(args, {"from": before, "to": after}, f"The database is at version {after}.")


def _check(args: argparse.Namespace) -> None:
    from controller.capabilities.agents.behind import not_heard_since_restore
    from controller.capabilities.journal.gaps import gaps
    from controller.cli.work import Failed, opened, show
    from controller.hub.hash_chain import verify
    from controller.kernel.database import wall_clock
    from controller.kernel.jsontypes import to_json
    from controller.policy import check_policy

    with opened(args) as (_, database), database.read() as db:
        differences = [each.text() for each in check_policy(db, wall_clock())]
        broken = [each.text() for each in islice(verify(db), LISTED)]
        missing = list(gaps(db))
        behind = [_behind(each) for each in not_heard_since_restore(db)]
    found = {
        "differences": len(differences),
        "journals_hold": not broken,
        "gaps": [to_json(each) for each in missing],
        "not_heard": behind,
    }
    bad = [*differences[:LISTED], *broken, *(each.text() for each in missing)]
    whole = "The policy is what the facts say, and the journals of the agents hold and are whole."
    show(args, found, "\n".join([*(bad or [whole]), *behind]))
    if bad:
        raise Failed(_summary(len(differences), len(broken), len(missing)))


def _behind(agent: str) -> str:
    return f"agent {agent}: not heard since the restore; what it keeps is still to come"


def _summary(differences: int, broken: int, missing: int) -> str:
    said = []
    if differences:
        said.append(f"{differences} policy rows differ from the facts")
    if broken:
        said.append(f"the journals do not hold in {broken} places")
    if missing:
        said.append(
            f"{missing} gaps in the journals: what is still on its way comes within minutes,"
            " the rest no agent keeps any more"
        )
    return "; ".join(said)


def _rebuild(args: argparse.Namespace) -> None:
    from controller.cli.work import opened, show
    from controller.hub.rebuild import put_right, rebuild
    from controller.kernel.database import wall_clock

    with opened(args) as (_, database), database.write() as db:
        found = [*rebuild(db), *put_right(db, wall_clock())]
    rows = [{"table": each.table, "key": each.key, "what": each.what} for each in found]
    text = "\n".join(f"{row['table']} {row['key']}: {row['what']}" for row in rows)
    show(args, rows, text or "Sessions, alarms, windows and who is in were what the events say.")


def _retain(args: argparse.Namespace) -> None:
    from controller.capabilities.privacy.retention.run import retain
    from controller.cli.work import opened, show
    from controller.kernel.database import wall_clock

    with opened(args) as (settings, database):
        done = retain(database, settings.retention, now=wall_clock())
    counts = {what: count for what, count in sorted(done.items()) if count}
    text = "\n".join(f"{what}: {count}" for what, count in counts.items())
    show(args, counts, text or "Nothing was due.")


def _backup(args: argparse.Namespace) -> None:
    from contextlib import suppress

    from sqlalchemy.exc import DBAPIError

    from controller.cli.work import opened, show
    from controller.kernel import backups
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock
    from controller.store.backup import backup
    from controller.store.engine import DatabaseError

    file: Path = args.file
    backup(settings_of(args).database.url, file)
    with (
        suppress(DatabaseError, DBAPIError),  # one that must be upgraded first is backed up too
        opened(args) as (_, database),
        database.write() as db,
    ):
        backups.note(db, Actor.system("cli"), wall_clock())
    text = f"Backed up to {file}. Keep the keys folder with it: badge numbers need its key."
    show(args, {"file": str(file)}, text)


def _restore(args: argparse.Namespace) -> None:
    from controller.cli.work import show
    from controller.store import backup

    file: Path = args.file
    url = settings_of(args).database.url
    with backup.alone(url):
        known = _known(args)
        backup.restore(file, url)
        count = _made_new(args, known)
    text = (
        "Restored. Agents take the whole policy anew, and offer again what they keep since that"
        " backup; some minutes after the start, loquet db check says whether anything is missing."
    )
    if count:
        text += f" {count} people who had been erased since that backup are erased again."
    show(args, {"file": str(file), "erased_again": count}, text)


def _made_new(args: argparse.Namespace, known: "_Known") -> int:
    """Bring what was restored to this version, in a new epoch; how many were erased again."""
    from controller.assembly import HOUSE
    from controller.capabilities.privacy.erasure.erase import erase_again
    from controller.cli.work import opened
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock
    from controller.kernel.outbox import number_anew
    from controller.policy import raise_epoch
    from controller.store.engine import open_database
    from controller.store.migrate import upgrade

    engine = open_database(settings_of(args).database.url, shared=False)
    upgrade(engine, HOUSE.migrations)
    engine.dispose()
    with opened(args, shared=False) as (_, database):
        with database.write() as db:
            raise_epoch(db, wall_clock(), above=known.epochs)
            number_anew(db)
            actor = Actor.system("cli")
            count = erase_again(db, known.erased, actor=actor, now=wall_clock())
        database.drop_old_pages()
    return count


class _Known(NamedTuple):
    """What the database that is replaced still tells; nothing, where it can't be read."""

    erased: list[str]
    """Whom it knows to have been erased."""
    epochs: dict[str, int]
    """By site."""


def _known(args: argparse.Namespace) -> _Known:
    from sqlalchemy.exc import DBAPIError

    from controller.capabilities.privacy.erasure.erase import erased_before
    from controller.cli.work import opened
    from controller.policy import heads
    from controller.store.engine import DatabaseError

    try:
        with opened(args, shared=False) as (_, database), database.read() as db:
            epochs = {each.site_id: each.epoch for each in heads(db)}
            return _Known(erased_before(db), epochs)
    except (DatabaseError, DBAPIError):
        return _Known([], {})


_ACTIONS: dict[str, Callable[[argparse.Namespace], None]] = {
    "upgrade": _upgrade,
    "check": _check,
    "rebuild": _rebuild,
    "retain": _retain,
    "backup": _backup,
    "restore": _restore,
}
