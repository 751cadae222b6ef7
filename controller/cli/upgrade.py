"""`loquet upgrade`: back up, migrate and check the database; undo all on a failure."""

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from controller.cli import settings_of

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from controller.cli.progress import Progress
    from controller.settings import Settings

BACKUPS_KEPT = 3
"""How many backups from earlier upgrades are kept."""
EXAMPLE = "loquet upgrade --keep /var/backups/loquet"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the option for the folder of the backup."""
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="folder for the copy made before the upgrade (default: upgrades, next to the keys)",
    )


def run(args: argparse.Namespace) -> int:
    """Upgrade the database; return 0 also if it is up to date already."""
    from controller.assembly import HOUSE
    from controller.cli.progress import Progress
    from controller.cli.work import show
    from controller.store.engine import open_database
    from controller.store.migrate import current, is_current
    from controller.store.restore import exclusive_use

    settings = settings_of(args)
    with exclusive_use(settings.database.url):
        engine = open_database(settings.database.url, exclusive=True)
        try:
            before = current(engine)
            if is_current(engine, HOUSE.migrations):
                show(args, {"version": before}, f"The database is at version {before} already.")
                return 0
            with Progress() as progress:
                progress("copying the database", 1, 3)
                file = _back_up(settings, args.keep, before or "empty")
                _upgrade(engine, file, progress)
            after = current(engine)
            _drop_old(file.parent)
        finally:
            engine.dispose()
    text = (
        f"The database is at version {after}, and the checks passed. The copy from before is in"
        f" {file}: delete it when all is well."
    )
    show(args, {"from": before, "version": after, "backup": str(file)}, text)
    return 0


def _back_up(settings: "Settings", folder: Path | None, version: str) -> Path:
    """Back up the database to a new file in the folder and return its path."""
    from controller.store.backup import backup

    folder = folder or Path(settings.site.keys).with_name("upgrades")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stamp = datetime.now().astimezone().strftime("%Y%m%dT%H%M%S.%f")
    file = folder / f"loquet-{version.partition(',')[0]}-{stamp}.backup"
    backup(settings.database.url, file)
    return file


def _drop_old(folder: Path) -> None:
    """Delete all but the newest backups, since they contain personal data."""
    files = sorted(folder.glob("loquet-*.backup"), key=lambda file: file.stat().st_mtime)
    for file in files[:-BACKUPS_KEPT]:
        file.unlink()


def _upgrade(engine: "Engine", file: Path, progress: "Progress") -> None:
    """Migrate and check in one transaction, which is rolled back as a whole on any error."""
    from controller.assembly import HOUSE
    from controller.cli.upgrade_checks import check_database, count_rows
    from controller.cli.work import CommandFailed
    from controller.store.engine import first_line
    from controller.store.migrate import upgrade

    with engine.connect() as connection:
        before = count_rows(connection)

    def check(connection: "Connection") -> None:
        progress("checking it", 3, 3)
        check_database(connection, before)

    progress("upgrading it", 2, 3)
    try:
        upgrade(engine, HOUSE.migrations, then=check)
    except Exception as error:
        raise CommandFailed(
            f"the upgrade failed and was undone: {first_line(error)}. The database is as it"
            f" was: start the previous version of Loquet. A copy of the database is in {file}"
        ) from error
