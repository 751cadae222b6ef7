"""Make a backup and verify it: restored to a scratch database, every table must be equal."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from controller.cli.backup import archive
from controller.cli.backup.archive import Manifest
from controller.cli.backup.restic import Repository, Snapshot
from controller.cli.progress import Progress
from controller.cli.work import CommandFailed
from controller.settings import Settings

_MAX_DIFFERENCES = 3
"""How many differences an error message lists."""


class BackupResult(NamedTuple):
    """A backup that was made and verified."""

    id: str
    tables: int
    rows: int
    files: int
    kept: int
    """Number of backups that are left after old ones were removed."""


class VerifiedBackup(NamedTuple):
    """An earlier backup that was found complete."""

    id: str
    made_at: str
    tables: int
    rows: int
    files: int


def make(settings: Settings, progress: Progress) -> BackupResult:
    """Make a backup, verify it, record it in the database, and remove old ones."""
    from controller.kernel.database import wall_clock

    repository = Repository(settings)
    repository.remove_stale_locks()
    with scratch(settings, "backup") as folder:
        progress("copying the database and files", 1, 4)
        manifest = archive.write(settings, folder, wall_clock())
        progress("storing the backup", 2, 4)
        snapshot = repository.back_up(folder, manifest.made_at)
    progress("restoring it and comparing", 3, 4)
    _verify_snapshot(settings, repository, snapshot)
    progress("removing old backups", 4, 4)
    record_in_audit_log(settings)
    kept_count = repository.prune()
    return BackupResult(
        snapshot.id, len(manifest.tables), manifest.rows, len(manifest.files), kept_count
    )


def verify(settings: Settings, name: str) -> VerifiedBackup:
    """Restore a backup to a scratch database and compare.

    Raises CommandFailed for any difference.
    """
    repository = Repository(settings)
    snapshot = repository.find(name)
    manifest = _verify_snapshot(settings, repository, snapshot)
    sizes = (len(manifest.tables), manifest.rows, len(manifest.files))
    return VerifiedBackup(snapshot.id, manifest.made_at, *sizes)


def _verify_snapshot(settings: Settings, repository: Repository, snapshot: Snapshot) -> Manifest:
    """Read the snapshot back from the repository and compare it with what was stored."""
    with scratch(settings, "verify") as folder:
        repository.restore(snapshot, folder)
        manifest = archive.read(folder)
        _compare(settings, folder, manifest)
        return manifest


def _compare(settings: Settings, folder: Path, manifest: Manifest) -> None:
    """Check that the backup's database equals its manifest, and that its hash chains are intact."""
    from controller.store.backup import contents_of
    from controller.store.contents import differences
    from controller.store.restore import scratch_restore

    refuse_other_kind(settings, manifest)
    with scratch_restore(folder / archive.DATABASE, settings.database.url, folder) as url:
        wrong = differences(manifest.contents, contents_of(url)) or _broken(url)
    if wrong:
        more = (
            "" if len(wrong) <= _MAX_DIFFERENCES else f"; and {len(wrong) - _MAX_DIFFERENCES} more"
        )
        raise CommandFailed(
            f"the backup differs from the database: {'; '.join(wrong[:_MAX_DIFFERENCES])}{more}."
            " Back up again; check the disk"
        )


def refuse_other_kind(settings: Settings, manifest: Manifest) -> None:
    """Raise CommandFailed unless the backup is of the same kind of database as here."""
    kind = settings.database.url.partition(":")[0].partition("+")[0]
    if manifest.kind != kind:
        raise CommandFailed(
            f"this backup is of {manifest.kind}, and [database] url here is of {kind}: name a"
            f" {manifest.kind} database there"
        )


def record_in_audit_log(settings: Settings) -> None:
    """Record the backup in the audit log.

    If the database needs an upgrade first, nothing is recorded: `loquet upgrade` backs up before
    it.
    """
    from contextlib import suppress

    from sqlalchemy.exc import DBAPIError

    from controller.cli.work import open_checked
    from controller.kernel import backups
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock
    from controller.store.unavailable import DatabaseError

    with (
        suppress(DatabaseError, DBAPIError),
        open_checked(settings.database.url) as database,
        database.write() as db,
    ):
        backups.record_backup(db, Actor.system("cli"), wall_clock())


def _broken(url: str) -> list[str]:
    """Breaks in the hash chains of the audit and of events; only for databases of this version."""
    from controller.cli.work import open_checked
    from controller.hub import hash_chain
    from controller.kernel import audit
    from controller.store.unavailable import DatabaseError

    try:
        with open_checked(url, exclusive=True) as database, database.read() as db:
            entry = audit.verify(db)
            chain = [] if entry is None else [f"the audit log is broken at entry {entry}"]
            return [
                *chain,
                *(finding.text() for finding in islice(hash_chain.verify(db), _MAX_DIFFERENCES)),
            ]
    except DatabaseError:
        return []  # an older version, before an upgrade: only its tables were compared


# A folder for temporary data, beside the keys: on the place's own disk.


@contextmanager
def scratch(settings: Settings, name: str) -> Iterator[Path]:
    """Create an empty private folder that is removed after the block; one left by a crash is
    removed first.

    Raises CommandFailed while another command uses it.
    """
    folder = Path(settings.site.keys).with_name(f"scratch-{name}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandFailed(
                "another loquet process does the same now: wait until it has finished"
            ) from error
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
