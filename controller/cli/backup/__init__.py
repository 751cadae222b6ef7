"""`loquet backup`: encrypted backups of the whole place by restic, each one proved at once."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from controller.cli import settings_of

if TYPE_CHECKING:
    from controller.settings import Settings

EXAMPLE = "loquet backup; loquet backup list; loquet backup restore latest"
NONE_WANTED = (
    "No backup is configured: set repository and password_file in [backup] of config.toml, then"
    " loquet backup init."
)
NOT_CONFIGURED = 78
"""EX_CONFIG of sysexits.h; loquet-backup.service takes it for done."""
_OF_ONE = ("verify", "restore")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the action, and which backup."""
    parser.add_argument("action", nargs="?", default="now", choices=sorted(_ACTIONS))
    parser.add_argument("id", nargs="?", help="of verify and restore; else the latest")
    parser.add_argument("--yes", action="store_true", help="restore without asking")


def run(args: argparse.Namespace) -> int:
    """Do it. Nothing configured is told apart from failing: a timer may always call it."""
    from controller.cli.work import Failed, show

    if args.id is not None and args.action not in _OF_ONE:
        args.wrong(f"{args.action} takes no id")
    settings = settings_of(args)
    if not settings.backup.is_on:
        if args.action != "now":
            raise Failed(NONE_WANTED)
        show(args, {"configured": False}, NONE_WANTED)
        return NOT_CONFIGURED
    _ACTIONS[args.action](args, settings)
    return 0


def _now(args: argparse.Namespace, settings: "Settings") -> None:
    from controller.cli.backup.making import make
    from controller.cli.work import show

    made = make(settings)
    text = (
        f"Backed up as {made.id}, brought back in a scratch place and compared: {made.tables}"
        f" tables, {made.rows} rows and {made.files} files are equal, and the chains hold."
        f" {made.kept} backups are kept."
    )
    show(args, made._asdict(), text)


def _init(args: argparse.Namespace, settings: "Settings") -> None:
    from controller.cli.backup.restic import Repository
    from controller.cli.work import show

    there = Repository(settings)
    made = there.begin()
    text = (
        f"{there.where} is ready. Copy {there.password} to a place outside of this computer now:"
        " without it nothing can be brought back."
    )
    show(args, {"repository": there.where, "made": made}, text)


def _list(args: argparse.Namespace, settings: "Settings") -> None:
    from controller.cli.backup.restic import Repository
    from controller.cli.work import show, table

    rows = [each._asdict() for each in Repository(settings).snapshots()]
    text = table(("id", "made at", "on"), [(row["id"], row["at"], row["host"]) for row in rows])
    show(args, rows, text if rows else "There is no backup yet.")


def _verify(args: argparse.Namespace, settings: "Settings") -> None:
    from controller.cli.backup.making import verify
    from controller.cli.work import show

    found = verify(settings, args.id or "latest")
    text = (
        f"Backup {found.id} of {found.made_at} is whole: {found.tables} tables, {found.rows} rows"
        f" and {found.files} files are what they were, and the chains hold."
    )
    show(args, found._asdict(), text)


def _restore(args: argparse.Namespace, settings: "Settings") -> None:
    from controller.cli.backup.bringing_back import restore
    from controller.cli.work import show

    done = restore(settings, args.id or "latest", sure=args.yes)
    show(args, {"erased_again": done.erased_again, "kept": done.kept}, done.text())


_ACTIONS: "dict[str, Callable[[argparse.Namespace, Settings], None]]" = {
    "now": _now,
    "init": _init,
    "list": _list,
    "verify": _verify,
    "restore": _restore,
}
