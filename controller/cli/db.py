"""`loquet db`: upgrade, check, rebuild, back up and restore the database, or apply retention."""

import argparse
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from controller.cli import settings_of

EXAMPLE = "loquet db backup /var/backups/loquet.db"
MAX_LISTED = 100
"""How many differences and broken journals are listed at most; gaps are all listed."""
_WITH_FILE = ("backup", "restore")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the action, and the file for backup and restore."""
    parser.add_argument("action", choices=sorted(_ACTIONS))
    parser.add_argument("file", nargs="?", type=Path, help="the file to back up to or restore from")
    backup = parser.add_argument_group("backup")
    backup.add_argument(
        "--recipients", type=Path, metavar="FILE", help="encrypt for the age recipients in FILE"
    )
    restore = parser.add_argument_group("restore")
    restore.add_argument(
        "--identity", type=Path, metavar="FILE", help="decrypt with the age key in FILE"
    )
    restore.add_argument("--yes", action="store_true", help="do not ask")
    restore.add_argument(
        "--other-keys",
        action="store_true",
        help="restore even if the copy was made with other keys",
    )


def run(args: argparse.Namespace) -> int:
    """Run the action. Raises CommandFailed and other errors."""
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
    from controller.capabilities.agents.restore_check import not_heard_since_restore
    from controller.capabilities.journal.gaps import gaps
    from controller.cli.work import CommandFailed, open_configured, show
    from controller.hub.hash_chain import verify
    from controller.kernel.database import wall_clock
    from controller.kernel.jsontypes import to_json
    from controller.policy import check_policy

    with open_configured(args) as (_, database), database.read() as db:
        differences = [difference.text() for difference in check_policy(db, wall_clock())]
        broken = [finding.text() for finding in islice(verify(db), MAX_LISTED)]
        missing = list(gaps(db))
        behind = [_behind_text(agent) for agent in not_heard_since_restore(db)]
    result = {
        "differences": len(differences),
        "journals_hold": not broken,
        "gaps": [to_json(gap) for gap in missing],
        "not_heard": behind,
    }
    bad = [*differences[:MAX_LISTED], *broken, *(gap.text() for gap in missing)]
    whole = "The policy equals the facts, and the agents' journals are complete and unchanged."
    show(args, result, "\n".join([*(bad or [whole]), *behind]))
    if bad:
        raise CommandFailed(_summary(len(differences), len(broken), len(missing)))


def _behind_text(agent: str) -> str:
    return f"agent {agent}: no message since the restore; it may still have events"


def _summary(differences: int, broken: int, missing: int) -> str:
    parts = []
    if differences:
        parts.append(f"{differences} policy rows differ from the facts")
    if broken:
        parts.append(f"the journals are broken in {broken} places")
    if missing:
        parts.append(
            f"{missing} gaps in the journals: events that are on their way arrive within minutes,"
            " the others are lost"
        )
    return "; ".join(parts)


def _rebuild(args: argparse.Namespace) -> None:
    from controller.cli.progress import Progress
    from controller.cli.work import open_configured, show
    from controller.hub.rebuild import correct, rebuild
    from controller.kernel.database import wall_clock

    with open_configured(args) as (_, database), database.write() as db:
        with Progress() as progress:
            differences = rebuild(db, lambda done, total: progress("events", done, total))
        differences += correct(db, wall_clock())
    rows = [
        {"table": difference.table, "key": difference.key, "what": difference.problem}
        for difference in differences
    ]
    text = "\n".join(f"{row['table']} {row['key']}: {row['what']}" for row in rows)
    show(args, rows, text or "Sessions, alarms, windows and presences already matched the events.")


def _apply_retention(args: argparse.Namespace) -> None:
    from controller.capabilities.privacy.retention.run import retain
    from controller.cli.clock import refuse_doubtful
    from controller.cli.work import open_configured, show
    from controller.kernel.database import wall_clock

    with open_configured(args) as (settings, database):
        refuse_doubtful(database)
        counts_by_step = retain(database, settings.retention, now=wall_clock())
    counts = {what: count for what, count in sorted(counts_by_step.items()) if count}
    text = "\n".join(f"{what}: {count}" for what, count in counts.items())
    show(args, counts, text or "Nothing was due.")


def _backup(args: argparse.Namespace) -> None:
    from controller.cli.backup.make import record_in_audit_log
    from controller.cli.sealed_file import seal
    from controller.cli.work import show
    from controller.store.backup import backup

    file: Path = args.file
    settings = settings_of(args)
    if args.recipients is None:
        backup(settings.database.url, file)
    else:
        seal(settings, lambda plain: backup(settings.database.url, plain), file, args.recipients)
    record_in_audit_log(settings)
    text = f"Backed up to {file}. Keep the keys folder with it: badge numbers need its key."
    show(args, {"file": str(file)}, text)


def _restore(args: argparse.Namespace) -> None:
    from controller.cli.backup.keys import refuse_other_keys
    from controller.cli.database_restore import ask, restore
    from controller.cli.sealed_file import opened_file
    from controller.cli.work import show

    settings = settings_of(args)
    question = f"This replaces the database by {args.file}; the current one is kept. Continue?"
    with opened_file(settings, args.file, args.identity) as file:

        def confirm() -> None:
            if not args.other_keys:
                refuse_other_keys(settings, file)
            ask(question, sure=args.yes)

        result = restore(settings, file, confirm=confirm)
    show(
        args,
        {"file": str(args.file), "erased_again": result.erased_again, "kept": result.kept},
        result.text(),
    )


_ACTIONS: dict[str, Callable[[argparse.Namespace], None]] = {
    "upgrade": _upgrade,
    "check": _check,
    "rebuild": _rebuild,
    "retain": _apply_retention,
    "backup": _backup,
    "restore": _restore,
}
