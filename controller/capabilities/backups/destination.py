"""Chooses where backups are stored, and at which hour they run."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from controller.domain.time import Utc
from controller.kernel import backups
from controller.kernel.backup_outcomes import outcomes_file, record_move
from controller.settings import BackupSettings, Settings

_SERVER = re.compile(
    r"sftp:[A-Za-z0-9_][\w.-]*@[A-Za-z0-9][\w.-]*:[^\s\"\\]+|(s3:|rest:)https?://[^\s]+"
)


class DestinationRefused(Exception):
    """Raised for an unusable destination; `cause` is a short name of the reason."""

    def __init__(self, cause: str, text: str) -> None:
        super().__init__(text)
        self.cause = cause


def choose(settings: Settings, location: str, now: Utc) -> None:
    """Store the destination. Raises SettingsError, and DestinationRefused if config.toml names
    one."""
    if settings.backup.is_on and settings.backup.repository == location:
        return
    _check_location(settings, location)
    before = backups.backup_settings(settings)
    chosen = backups.choice(settings, location)
    write(settings, msgspec.structs.replace(chosen, hour=before.hour, weekday=before.weekday))
    if before.is_on and before.repository != location:
        record_move(settings, now)


def choose_hour(settings: Settings, hour: int, weekday: int | None) -> None:
    """Set the hour, on every day or only on `weekday` (1: Monday).

    Raises DestinationRefused, SettingsError.
    """
    before = backups.backup_settings(settings)
    write(settings, msgspec.structs.replace(before, hour=hour, weekday=weekday))


def write(settings: Settings, choice: BackupSettings) -> None:
    """Write the choice to a file beside the keys, for its owner only. Raises DestinationRefused."""
    if settings.backup.is_on:
        text = f"{settings.source} says where backups go: change [backup] there, or remove it"
        raise DestinationRefused("in_config", text)
    _write_private(backups.choice_file(settings), msgspec.json.encode(choice))


def current_files(settings: Settings) -> dict[Path, bytes | None]:
    """Return the contents of the files that a choice changes; None for a missing one."""
    environment = Path(settings.site.keys) / backups.ENVIRONMENT
    files = (backups.choice_file(settings), environment, outcomes_file(settings))
    return {file: file.read_bytes() if file.exists() else None for file in files}


def restore_files(before: Mapping[Path, bytes | None]) -> None:
    """Restore the files of `current_files` after a failed choice."""
    for file, content in before.items():
        if content is None:
            file.unlink(missing_ok=True)
        else:
            _write_private(file, content)


def store_server_credentials(settings: Settings, credentials: Mapping[str, str]) -> None:
    """Write the server's credentials to a file for restic, as lines NAME=VALUE.

    No value may contain a line break.
    """
    lines = "".join(f"{name}={value}\n" for name, value in credentials.items())
    _write_private(Path(settings.site.keys) / backups.ENVIRONMENT, lines.encode())


def _check_location(settings: Settings, location: str) -> None:
    """Refuse a destination that is neither a separate folder nor a known kind of server."""
    data_folder = Path(settings.site.keys).parent.resolve()
    if location.startswith("/"):
        folder = Path(location).resolve()
        if folder == data_folder or data_folder in folder.parents or folder in data_folder.parents:
            text = f"{location} contains Loquet's own data: name another disk or server"
            raise DestinationRefused("inside", text)
    elif not _SERVER.fullmatch(location):
        raise DestinationRefused(
            "unknown",
            f"{location} is neither a folder (/mnt/nas/loquet) nor a server"
            " (sftp:USER@HOST:/FOLDER, s3:https://HOST/BUCKET, rest:https://HOST/)",
        )


def _write_private(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.write(content)
    new.replace(file)
