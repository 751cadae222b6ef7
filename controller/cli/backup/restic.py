"""The restic repository of `[backup]`.

Secrets are passed in its environment, never as arguments.
"""

import json
import os
import secrets
import subprocess
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from controller.cli.backup.reasons import Reason, ResticFailed, reason_of
from controller.cli.work import CommandFailed
from controller.kernel.backups import SSH_KEY
from controller.settings import Settings, SettingsError

# The key with which this place authenticates to an SFTP server.


class SshKey:
    """The SSH key that is stored with the keys of the place.

    It is not used without SFTP, or if `[backup] options` configure SFTP already.
    """

    def __init__(self, keys: Path, repository: str, options: Sequence[str]) -> None:
        self._file = keys / SSH_KEY
        is_configured = any(option.startswith("sftp.") for option in options)
        self._is_used = repository.startswith("sftp:") and not is_configured

    @property
    def options(self) -> list[str]:
        """Return the options for restic's `-o`. A server's host key is trusted when first seen."""
        if not self._is_used:
            return []
        hosts = self._file.with_name("backup-ssh.hosts")
        words = f'-i "{self._file}" -o "UserKnownHostsFile={hosts}" -o BatchMode=yes'
        option = f"sftp.args={words} -o StrictHostKeyChecking=accept-new"
        return ['"{}"'.format(option.replace('"', '""'))]  # restic reads it as a line of CSV

    @cached_property
    def public(self) -> str:
        """Return the line for the server's `authorized_keys`."""
        if not self._file.exists():
            return "(the key named in [backup] options)"
        key = load_ssh_private_key(self._file.read_bytes(), None)
        line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        return f"{line.decode()} loquet"

    def make(self) -> None:
        """Create the key if it is used and does not exist yet."""
        from controller.capabilities.agents.pki import write_private

        if self._is_used and not self._file.exists():
            key = Ed25519PrivateKey.generate()
            data = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
            write_private(self._file, data)


_TAG = "loquet"
_BY_TAG = ("--tag", _TAG)


class Snapshot(NamedTuple):
    """One backup: its short id, when and where it was made, and the folder that was backed up."""

    id: str
    at: str
    host: str
    folder: str


class Repository:
    """The restic repository that contains the backups."""

    def __init__(self, settings: Settings) -> None:
        backup = settings.backup
        self.where = str(backup.repository)
        self.password = Path(str(backup.password_file))
        self._host = f"loquet-{settings.site.id}"
        self._keep = (backup.keep_daily, backup.keep_weekly, backup.keep_monthly)
        self._ssh = SshKey(Path(settings.site.keys), self.where, backup.options)
        options = [*backup.options, *self._ssh.options]
        self._options = [word for option in options for word in ("-o", option)]
        self._environment = {
            "RESTIC_CACHE_DIR": str(Path(settings.site.keys).parent / "restic-cache"),
            **os.environ,
            **_read_variables(backup.environment_file),
            "RESTIC_REPOSITORY": self.where,
            "RESTIC_PASSWORD_FILE": str(self.password),
        }

    def create(self) -> list[str]:
        """Create the password and the repository if they are missing; returns what was created."""
        self.password.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        created = []
        if not self.password.exists():
            from controller.capabilities.agents.pki import write_private

            write_private(self.password, f"{secrets.token_urlsafe(32)}\n".encode())
            created.append(str(self.password))
        try:
            # checking first would hang if an S3 bucket does not exist yet
            result = self._call(["init"])
            if result.returncode == 0:
                return [*created, self.where]
            if b"already" not in result.stderr:
                raise self._failure("init", result)
            self._run(["cat", "config"])  # check that the password is right
        except CommandFailed:
            if created:
                self.password.unlink()  # it belongs to no repository; the next try makes a new one
            raise
        return created

    def remove_stale_locks(self) -> None:
        """Remove locks left by a process that has died; restic leaves locks in use alone."""
        self._run(["unlock"])

    def back_up(self, folder: Path, at: str) -> Snapshot:
        """Back up a folder, and return the new snapshot."""
        arguments = ["backup", "--json", *_BY_TAG, "--host", self._host, str(folder)]
        lines = [json.loads(line) for line in self._run(arguments).splitlines() if line.strip()]
        return Snapshot(str(lines[-1]["snapshot_id"])[:8], at, self._host, str(folder))

    def restore(self, snapshot: Snapshot, folder: Path) -> None:
        """Restore a backup into an empty folder. Raises CommandFailed if it is incomplete."""
        self._run(["restore", f"{snapshot.id}:{snapshot.folder}", "--target", str(folder)])

    def read_file(self, snapshot: Snapshot, name: str) -> bytes:
        """Return the contents of one file of a backup."""
        return self._run(["dump", snapshot.id, f"{snapshot.folder}/{name}"]).encode()

    def prune(self) -> int:
        """Remove backups that the policy does not keep; returns how many are left."""
        daily, weekly, monthly = map(str, self._keep)
        policy = ["--keep-daily", daily, "--keep-weekly", weekly, "--keep-monthly", monthly]
        grouping = ["--group-by", "host,tags", "--host", self._host, *_BY_TAG]
        output = self._run(["forget", "--prune", "--json", *grouping, *policy])
        groups = json.loads(output.splitlines()[0])
        return sum(len(group["keep"] or ()) for group in groups)

    def snapshots(self) -> list[Snapshot]:
        """Return all backups, oldest first."""
        records = json.loads(self._run(["snapshots", "--json", *_BY_TAG]))
        by_time = sorted(records, key=lambda snapshot: snapshot["time"])
        return [
            Snapshot(
                snapshot["short_id"],
                snapshot["time"][:19] + "Z",
                snapshot["hostname"],
                snapshot["paths"][0],
            )
            for snapshot in by_time
        ]

    def find(self, name: str) -> Snapshot:
        """Return the backup with this id, or the latest. Raises CommandFailed."""
        snapshots = self.snapshots()
        if name == "latest" and snapshots:
            return snapshots[-1]
        for snapshot in snapshots:
            if name.startswith(snapshot.id):
                return snapshot
        raise CommandFailed(f"there is no backup {name} in {self.where}: see loquet backup list")

    def _run(self, arguments: Sequence[str]) -> str:
        result = self._call(arguments)
        if result.returncode:
            raise self._failure(arguments[0], result)
        return result.stdout.decode()

    def _call(self, arguments: Sequence[str]) -> "subprocess.CompletedProcess[bytes]":
        if not self.password.exists():
            raise ResticFailed(
                Reason(
                    "no_password",
                    f"there is no password at {self.password}: restore the one of {self.where},"
                    " or start with loquet backup init",
                )
            )
        self._ssh.make()
        command = ["restic", *self._options, "--retry-lock", "5m", *arguments]
        env = {**self._environment, "TZ": "UTC"}
        try:
            return subprocess.run(
                command, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False
            )
        except FileNotFoundError as error:
            text = "restic is not installed: apt install restic"
            raise ResticFailed(Reason("no_restic", text)) from error

    def _failure(self, verb: str, result: "subprocess.CompletedProcess[bytes]") -> ResticFailed:
        names = {"where": self.where, "password": str(self.password), "key": self._ssh.public}
        output = result.stderr or result.stdout
        return ResticFailed(reason_of(verb, result.returncode, output, **names))


def _read_variables(file: str | None) -> dict[str, str]:
    """Return the NAME=VALUE lines of a file. Raises SettingsError."""
    if file is None:
        return {}
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SettingsError(
            f"cannot read backup.environment_file {file}: {error.strerror}"
        ) from error
    pairs = [line.partition("=") for line in lines if line.strip() and not line.startswith("#")]
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}
