"""Prepare the folder for backups, so that the services' user can write to it."""

import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from controller.cli.installing.controller import ControllerOutcome
from controller.cli.installing.layout import Layout
from controller.cli.installing.rights import rights_of
from controller.cli.installing.steps import FunctionStep, Step
from controller.cli.installing.units import loquet
from controller.safe_files import UnsafeFile, open_folder
from controller.settings import SettingsError

WRITABLE = tuple(map(Path, ("/var/backups", "/srv", "/mnt", "/media")))
"""Folders below which the systemd units may write (systemd/loquet-backup.service)."""
_OF_RESTIC = {"config", "data", "index", "keys", "locks", "snapshots"}


def require_repository(layout: Layout, repository: str) -> None:
    """Check the repository as far as possible before anything is written. Raises SettingsError."""
    if repository.startswith("/") and not Path(repository).is_dir():
        _require_known(layout, Path(repository))


def repository_steps(layout: Layout, repository: str, *, is_there: bool = False) -> Iterator[Step]:
    """Yield the step that creates the folder or changes its owner; a server needs none.

    `is_there`: it must have backups already, and is not created.
    """
    if not repository.startswith("/"):
        return
    folder = Path(repository)

    def is_needed() -> bool:
        return not _is_usable(layout.user, folder)

    def apply() -> bool:
        lacked = is_needed()
        if lacked:
            if is_there and not folder.is_dir():
                raise SettingsError(f"there is no folder {folder}: mount the disk with the backups")
            _require_known(layout, folder)
            _hand_over(layout.user, folder)
        return lacked

    yield FunctionStep(f"folder {folder}, for backups", is_needed, apply)


def backup_setup_steps(
    layout: Layout, repository: str, outcome: ControllerOutcome
) -> Iterator[Step]:
    """Yield the steps that set up future backups to this repository."""
    yield from repository_steps(layout, repository)

    def apply() -> bool:
        result = loquet(layout, "backup", "init", repository)
        outcome.backup_password = result["password"]
        return bool(result["made"])

    yield FunctionStep(f"backups to {repository}", lambda: True, apply)


def _is_usable(user: str | None, folder: Path) -> bool:
    """Return whether the services can write the folder already, and read what is in it."""
    with rights_of(user):
        may_write = os.access(folder, os.R_OK | os.W_OK | os.X_OK, effective_ids=True)
        config = folder / "config"
        return may_write and (not config.exists() or os.access(config, os.R_OK, effective_ids=True))


def _require_known(layout: Layout, folder: Path) -> None:
    if layout.is_system and not any(path in folder.resolve().parents for path in WRITABLE):
        names = ", ".join(map(str, WRITABLE))
        raise SettingsError(f"{folder}: the services can write backups only below {names}")
    if not folder.parent.is_dir():
        raise SettingsError(
            f"there is no folder {folder.parent}: mount the disk, or create the folder"
        )


def _hand_over(user: str | None, folder: Path) -> None:
    """Change the owner of the folder and of a repository in it. Raises SettingsError."""
    try:
        above = open_folder(folder.parent)
        try:
            with suppress(FileExistsError):
                os.mkdir(folder.name, 0o700, dir_fd=above)
        finally:
            os.close(above)
        opened = open_folder(folder)
    except (UnsafeFile, OSError) as error:
        raise SettingsError(f"{folder}: {getattr(error, 'strerror', None) or error}") from error
    try:
        names = set(os.listdir(opened))
        if names and not ("config" in names and names <= _OF_RESTIC):
            raise SettingsError(
                f"{folder} has other files in it: name a folder for backups alone, such as"
                f" {folder}/loquet"
            )
        if user is not None:
            _give_all(opened, user)
    except PermissionError as error:
        raise SettingsError(
            f"{folder}: its disk has no owners, or those of another computer; mount it so that"
            f" {user} may write there (mount option uid={user})"
        ) from error
    except OSError as error:
        raise SettingsError(f"{folder}: {error.filename}: {error.strerror}") from error
    finally:
        os.close(opened)


def _give_all(folder: int, user: str) -> None:
    """Change the owner of all files through descriptors.

    A file with a second hard link is left out: it could belong to somebody else.
    """
    owner = pwd.getpwnam(user)
    for _, _, files, opened in os.fwalk(".", dir_fd=folder, follow_symlinks=False):
        os.fchown(opened, owner.pw_uid, owner.pw_gid)
        for name in files:
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=opened)
            try:
                status = os.fstat(file)
                if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
                    os.fchown(file, owner.pw_uid, owner.pw_gid)
            finally:
                os.close(file)
