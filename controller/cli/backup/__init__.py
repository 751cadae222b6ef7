"""`loquet backup`: encrypted backups of the whole place with restic, each verified at once."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from controller.cli import settings_of

if TYPE_CHECKING:
    from controller.settings import Settings

EXAMPLE = "loquet backup init /mnt/nas/loquet; loquet backup; loquet backup restore latest"
NOT_CONFIGURED = (
    "No backup is set up: choose where backups go on the Backups page or with"
    " loquet backup init /mnt/nas/loquet"
)
"""Message if no repository is configured."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the action, and the backup or repository that it is for."""
    parser.add_argument("action", nargs="?", default="now", choices=sorted(_ACTIONS))
    parser.add_argument(
        "id",
        nargs="?",
        help="look, verify, restore: the backup (default: the latest). init: where backups go",
    )
    parser.add_argument("--yes", action="store_true", help="restore without asking")


def run(args: argparse.Namespace) -> int:
    """Run the action.

    If no backup is configured, `due` does nothing, so that the timer may always call it. Other
    actions raise CommandFailed then.
    """
    import msgspec

    from controller.cli.work import CommandFailed, show
    from controller.kernel import backups

    if args.id is not None and args.action not in ("init", "look", "verify", "restore"):
        args.wrong(f"{args.action} takes no id")
    settings = settings_of(args)
    if args.action == "init" and args.id:
        return _choose_and_init(args, settings)
    settings = msgspec.structs.replace(settings, backup=backups.backup_settings(settings))
    if settings.backup.is_on:
        _ACTIONS[args.action](args, settings)
    elif args.action == "due":
        show(args, {"configured": False}, NOT_CONFIGURED)
    else:
        raise CommandFailed(NOT_CONFIGURED)
    return 0


def _choose_and_init(args: argparse.Namespace, settings: "Settings") -> int:
    """Choose the repository for future backups.

    The choice is undone if it cannot be initialised.
    """
    import msgspec

    from controller.capabilities.backups import destination
    from controller.kernel import backups
    from controller.kernel.database import wall_clock

    with ExitStack() as undo:
        undo.callback(destination.restore_files, destination.current_files(settings))
        destination.choose(settings, args.id, wall_clock())
        _init(args, msgspec.structs.replace(settings, backup=backups.backup_settings(settings)))
        undo.pop_all()
    return 0


def _make_now(args: argparse.Namespace, settings: "Settings") -> None:
    from controller.cli.backup.make import make
    from controller.cli.progress import Progress
    from controller.cli.work import show

    with _recorded_outcome(settings, "now") as outcome, Progress() as progress:
        result = make(settings, progress)
        outcome |= {
            "id": result.id,
            "tables": result.tables,
            "rows": result.rows,
            "files": result.files,
        }
    text = (
        f"Backed up as {result.id}, restored to a scratch database and compared: {result.tables}"
        f" tables, {result.rows} rows and {result.files} files are equal; hash chains are intact."
        f" Backups in the repository: {result.kept}."
    )
    show(args, result._asdict(), text)


def _make_if_due(args: argparse.Namespace, settings: "Settings") -> None:
    """Make a backup if the schedule asks for one now.

    The timer calls this every hour, so a failed backup is tried again.
    """
    from zoneinfo import ZoneInfo

    from controller.cli.work import show
    from controller.kernel.backup_outcomes import is_due, outcomes
    from controller.kernel.database import wall_clock

    last = outcomes(settings).get("now")
    if is_due(settings.backup, ZoneInfo(settings.site.time_zone), last, wall_clock()):
        _make_now(args, settings)
    else:
        show(args, {"due": False}, "The last backup is recent enough.")


def _init(args: argparse.Namespace, settings: "Settings") -> None:
    from controller.cli.backup.restic import Repository
    from controller.cli.work import show

    with _recorded_outcome(settings, "init"):
        repository = Repository(settings)
        created = repository.create()
    secret = repository.password.read_text().strip() if repository.where in created else None
    text = f"{repository.where} is ready."
    if secret:
        text += (
            f" Its password is {secret}: store it somewhere other than on this computer now. It"
            " is not shown again, and without it nothing can be restored."
        )
    show(args, {"repository": repository.where, "made": created, "password": secret}, text)


def _list(args: argparse.Namespace, settings: "Settings") -> None:
    from controller.cli.backup.restic import Repository
    from controller.cli.work import show, table

    rows = [snapshot._asdict() for snapshot in Repository(settings).snapshots()]
    text = table(("id", "made at", "on"), [(row["id"], row["at"], row["host"]) for row in rows])
    show(args, rows, text if rows else "There are no backups yet.")


def _look(args: argparse.Namespace, settings: "Settings") -> None:
    """Show which site a backup is of, and its configuration, without restoring it."""
    import json

    from controller.cli.backup import archive
    from controller.cli.backup.restic import Repository
    from controller.cli.work import show

    repository = Repository(settings)
    snapshot = repository.find(args.id or "latest")
    manifest = archive.manifest(repository.read_file(snapshot, archive.LIST))
    config = repository.read_file(snapshot, f"{archive.FILES}/{archive.CONFIG}").decode()
    result = {"id": snapshot.id, "made_at": manifest.made_at, "site": manifest.site}
    choice = None
    if any(file.role == archive.CHOICE for file in manifest.files):
        choice = json.loads(repository.read_file(snapshot, f"{archive.FILES}/{archive.CHOICE}"))
    text = f"Backup {snapshot.id} of {manifest.made_at}, of the site {manifest.site}:\n\n{config}"
    show(args, result | {"loquet": manifest.loquet, "config": config, "choice": choice or {}}, text)


def _verify(args: argparse.Namespace, settings: "Settings") -> None:
    from controller.cli.backup.make import verify
    from controller.cli.work import show

    with _recorded_outcome(settings, "verify") as outcome:
        result = verify(settings, args.id or "latest")
        outcome |= {"id": result.id, "text": result.made_at}
        outcome |= {"tables": result.tables, "rows": result.rows, "files": result.files}
    text = (
        f"Backup {result.id} of {result.made_at} is complete: {result.tables} tables, {result.rows}"
        f" rows and {result.files} files are unchanged, and the hash chains are intact."
    )
    show(args, result._asdict(), text)


def _restore(args: argparse.Namespace, settings: "Settings") -> None:
    from controller.cli.backup.restore import restore
    from controller.cli.work import show

    result = restore(settings, args.id or "latest", sure=args.yes)
    show(args, {"erased_again": result.erased_again, "kept": result.kept}, result.text())


@contextmanager
def _recorded_outcome(settings: "Settings", action: Any) -> Iterator[dict[str, Any]]:
    """Hold the backup lock, and record for the Backups page how the action ended."""
    from controller.cli.work import CommandFailed
    from controller.kernel.backup_outcomes import Busy, Outcome, backup_lock, store_outcome
    from controller.kernel.database import wall_clock

    details: dict[str, Any] = {}
    try:
        with backup_lock(settings):
            try:
                yield details
            except Exception as error:
                cause = getattr(error, "cause", "other")
                at = wall_clock().text()
                store_outcome(settings, action, Outcome(at=at, cause=cause, text=str(error)))
                raise
            store_outcome(settings, action, Outcome(at=wall_clock().text(), **details))
    except Busy:
        raise CommandFailed(
            "another loquet process makes or reads a backup: wait until it has finished"
        ) from None


_ACTIONS: "dict[str, Callable[[argparse.Namespace, Settings], None]]" = {
    "now": _make_now,
    "due": _make_if_due,
    "init": _init,
    "list": _list,
    "look": _look,
    "verify": _verify,
    "restore": _restore,
}
