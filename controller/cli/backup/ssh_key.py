"""The key by which a server that speaks SFTP knows this place."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from controller.kernel.backups import SSH_KEY


class SshKey:
    """Beside the keys of the place; none where SFTP is not used, or is configured otherwise."""

    def __init__(self, keys: Path, repository: str, options: Sequence[str]) -> None:
        self._file = keys / SSH_KEY
        is_configured = any(option.startswith("sftp.") for option in options)
        self._is_used = repository.startswith("sftp:") and not is_configured

    @property
    def options(self) -> list[str]:
        """For restic's `-o`. A server is taken for itself when it is first seen."""
        if not self._is_used:
            return []
        known = self._file.with_name("backup-ssh.hosts")
        words = f'-i "{self._file}" -o "UserKnownHostsFile={known}" -o BatchMode=yes'
        option = f"sftp.args={words} -o StrictHostKeyChecking=accept-new"
        return ['"{}"'.format(option.replace('"', '""'))]  # restic reads it as a line of CSV

    @cached_property
    def public(self) -> str:
        """The line for the server's `authorized_keys`."""
        if not self._file.exists():
            return "(the key named in [backup] options)"
        key = load_ssh_private_key(self._file.read_bytes(), None)
        line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        return f"{line.decode()} loquet"

    def make(self) -> None:
        """Where it is used, and not there yet."""
        from controller.capabilities.agents.pki import write_private

        if self._is_used and not self._file.exists():
            key = Ed25519PrivateKey.generate()
            data = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
            write_private(self._file, data)
