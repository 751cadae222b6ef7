"""Restore a place from a backup: database, keys and files are replaced together."""

from pathlib import Path

from controller.cli.backup import archive
from controller.cli.backup.archive import CHOICE, CONFIG, Manifest, StoredFile
from controller.cli.backup.make import refuse_other_kind, scratch
from controller.cli.backup.restic import Repository
from controller.cli.database_restore import RestoreResult, ask, move_to
from controller.cli.database_restore import restore as restore_database
from controller.cli.progress import Progress
from controller.settings import Settings
from controller.store.swap import Move


def restore(settings: Settings, name: str, *, sure: bool) -> RestoreResult:
    """Ask for confirmation, then restore.

    What is replaced is kept beside it. Raises CommandFailed, DatabaseError.
    """
    repository = Repository(settings)
    with scratch(settings, "restore") as folder, Progress() as progress:

        def confirm() -> None:
            progress.clear()
            ask(_question(settings, folder, manifest), sure=sure, needs_answer=True)
            progress("restoring it", 2, 2)

        progress("reading the backup", 1, 2)
        repository.restore(repository.find(name), folder)
        manifest = archive.read(folder)
        refuse_other_kind(settings, manifest)
        result = restore_database(
            settings,
            folder / archive.DATABASE,
            confirm=confirm,
            others=lambda: _prepare_moves(settings, folder, manifest),
        )
        _store_foreign_config(settings, folder, manifest)
        return result


def _question(settings: Settings, folder: Path, manifest: Manifest) -> str:
    """Return the question to confirm.

    It lists the keys that will change, since agents know the current ones.
    """
    changed = [role for role, _, _ in _changes(settings, folder, manifest)]
    keys = f", and {len(changed)} files of the place ({', '.join(changed)})" if changed else ""
    return f"This replaces the database{keys} by the state of {manifest.made_at}. Continue?"


def _prepare_moves(settings: Settings, folder: Path, manifest: Manifest) -> list[Move]:
    """Write each file that differs beside the one that it will replace; return the moves."""
    moves = []
    for role, place, stored in _changes(settings, folder, manifest):
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        ready = place.with_name(f"{place.name}{archive.READY_SUFFIX}")
        _copy(archive.stored_path(folder, role), ready, stored.mode)
        moves.append(move_to(place, ready))
    return moves


def _changes(
    settings: Settings, folder: Path, manifest: Manifest
) -> list[tuple[str, Path, StoredFile]]:
    changes = []
    for file in manifest.files:
        place = archive.location_of(settings, file.role)
        if place is None or file.role == CONFIG or (file.role == CHOICE and place.exists()):
            continue
        data = archive.stored_path(folder, file.role).read_bytes()
        if not place.exists() or place.read_bytes() != data:
            changes.append((file.role, place, file))
    return changes


def _store_foreign_config(settings: Settings, folder: Path, manifest: Manifest) -> None:
    """Store the backup's configuration beside the keys if it differs from the current one.

    It never replaces the current one, which says where backups are.
    """
    current = Path(settings.source)
    for file in manifest.files:
        if file.role == CONFIG:
            data = archive.stored_path(folder, CONFIG)
            if data.read_bytes() != current.read_bytes():
                _copy(data, Path(settings.site.keys).with_name(archive.FOREIGN_CONFIG), file.mode)


def _copy(source: Path, target: Path, mode: int) -> None:
    target.unlink(missing_ok=True)
    target.touch(mode=0o600)
    target.write_bytes(source.read_bytes())
    target.chmod(mode)
