"""The contents of a backup: the database, the place's keys and files, and a manifest."""

import hashlib
import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import msgspec

from controller.cli.work import CommandFailed
from controller.domain.time import Utc
from controller.kernel import backups
from controller.settings import Settings
from controller.store.backup import counted_backup
from controller.store.contents import Contents, Table
from controller.store.engine import parse
from controller.store.restore import versions_of

FORMAT = 1
"""Version of the backup format; a higher one was made by a newer Loquet."""
CONFIG, CHOICE = "config", "backup-choice"
"""Roles of the files that determine where backups go."""
FOREIGN_CONFIG = "config.toml.from-backup"
"""File, beside the keys, with the configuration of another restored installation."""
READY_SUFFIX = ".restoring"
"""Suffix of a file that is ready to replace another."""
DATABASE, LIST, FILES = "database", "manifest.json", "files"
"""Names of the database, the manifest and the folder of files in a backup."""


class StoredFile(msgspec.Struct, frozen=True):
    """A file of the place: its role, its mode, and the digest of its contents."""

    role: str
    mode: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The manifest: what is in a backup."""

    format: int
    loquet: str
    made_at: str
    site: str
    kind: str
    """Kind of the database: sqlite or postgresql."""
    versions: list[str]
    """The migrations of its schema."""
    tables: dict[str, Table]
    files: list[StoredFile]

    @property
    def rows(self) -> int:
        """Return the number of rows of all tables together."""
        return sum(table.rows for table in self.tables.values())

    @property
    def contents(self) -> Contents:
        """Return the row count and digest of each table, for comparison with a database."""
        return {name: Table(*table) for name, table in self.tables.items()}


class FileLocation(NamedTuple):
    """The path of the file of a role on this computer."""

    role: str
    path: Path


def write(settings: Settings, folder: Path, now: Utc) -> Manifest:
    """Write a backup into an empty folder, and return its manifest."""
    (folder / FILES).mkdir()
    url = settings.database.url
    tables = counted_backup(url, folder / DATABASE)
    manifest = Manifest(
        format=FORMAT,
        loquet=version("loquet"),
        made_at=now.text(),
        site=settings.site.id,
        kind=parse(url).get_backend_name(),
        versions=sorted(versions_of(folder / DATABASE, url)),
        tables=tables,
        files=[_store(folder, place) for place in file_locations(settings)],
    )
    (folder / LIST).write_bytes(msgspec.json.encode(manifest))
    return manifest


def manifest(data: bytes) -> Manifest:
    """Decode a backup's manifest. Raises CommandFailed."""
    try:
        parsed = msgspec.json.decode(data, type=Manifest)
    except msgspec.DecodeError as error:
        raise CommandFailed(
            f"this is not a backup of Loquet, or it is incomplete: {error}"
        ) from error
    if parsed.format > FORMAT:
        raise CommandFailed(
            f"this backup was made by Loquet {parsed.loquet}, newer than {version('loquet')}:"
            " install that one first"
        )
    return parsed


def read(folder: Path) -> Manifest:
    """Return a backup's manifest.

    Raises CommandFailed unless all files are present and undamaged.
    """
    try:
        result = manifest((folder / LIST).read_bytes())
    except OSError as error:
        raise CommandFailed(
            f"this is not a backup of Loquet, or it is incomplete: {error}"
        ) from error
    for file in result.files:
        if _digest(stored_path(folder, file.role)) != file.sha256:
            raise CommandFailed(f"{file.role} of this backup is damaged: take another backup")
    return result


def stored_path(folder: Path, role: str) -> Path:
    """Return where a backup stores the file of a role."""
    return folder / FILES / role


def file_locations(settings: Settings) -> Iterator[FileLocation]:
    """Yield all existing files of the place; every file in the keys folder counts as a key."""
    keys, broker = Path(settings.site.keys), Path(settings.mqtt.broker_dir)
    yield from _files_in(keys, "keys", besides=settings.backup.password_file)
    yield from _files_in(broker, "broker")
    for role, path in named_files(settings).items():
        if path.is_file() and keys not in path.parents:
            yield FileLocation(role, path)


def location_of(settings: Settings, role: str) -> Path | None:
    """Return where the file of a role belongs here; None: these settings have no path for it."""
    kind, _, name = role.partition("/")
    if kind in ("keys", "broker") and name and "/" not in name:
        folder = settings.site.keys if kind == "keys" else settings.mqtt.broker_dir
        return Path(folder) / name
    return named_files(settings).get(role)


def named_files(settings: Settings) -> dict[str, Path]:
    """Return the files that the settings name individually, by role."""
    paths = {
        CONFIG: settings.source,
        CHOICE: str(backups.choice_file(settings)),
        "mqtt-ca": settings.mqtt.ca,
        "mqtt-cert": settings.mqtt.cert,
        "mqtt-key": settings.mqtt.key,
        "web-secret": settings.web.secret,
        "mail-password": settings.mail.password_file,
        "oidc-secret": settings.oidc.client_secret_file,
        "home-assistant-password": settings.home_assistant.password,
    }
    return {role: Path(path).resolve() for role, path in paths.items() if path}


def _files_in(folder: Path, kind: str, besides: str | None = None) -> Iterator[FileLocation]:
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            # a restore keeps the files that it replaces, and may leave one that was ready
            is_of_restore = ".before-" in path.name or path.name.endswith(READY_SUFFIX)
            is_ours = not is_of_restore and str(path) != besides
            if path.is_file() and is_ours and not path.is_symlink():
                yield FileLocation(f"{kind}/{path.name}", path)


def _store(folder: Path, place: FileLocation) -> StoredFile:
    target = stored_path(folder, place.role)
    target.parent.mkdir(exist_ok=True)
    data = place.path.read_bytes()
    target.write_bytes(data)
    mode = os.stat(place.path).st_mode & 0o777
    return StoredFile(place.role, mode, hashlib.sha256(data).hexdigest())


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""
