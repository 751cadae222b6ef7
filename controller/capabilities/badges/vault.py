"""Encrypts badge numbers, and computes the holder keys under which they are stored (0194)."""

from dataclasses import dataclass, field

from controller.domain.ids import CredentialId, HolderKey, parse_credential_id
from controller.kernel.crypto import SealBroken, Sealer
from controller.wire.keys import holder_key

_SHOWN = 4


class VaultError(Exception):
    """Raised for a value that this installation's keys can't decrypt."""


@dataclass(frozen=True, slots=True)
class Vault:
    """The installation's two keys, which are stored in files and not in the database."""

    credential_key: bytes = field(repr=False)
    """Turns numbers into holder keys; agents have it too."""
    own_key: bytes = field(repr=False)
    """Encrypts numbers. It never leaves the controller, so that a stolen database and a stolen
    agent together reveal no numbers."""

    def holder_key(self, value: CredentialId) -> HolderKey:
        """Return the holder key of a number, which agents and the database use."""
        return holder_key(self.credential_key, value)

    def seal(self, value: CredentialId, row_id: str) -> bytes:
        """Encrypt a number; it can be decrypted only with our own key and for the row with this
        id."""
        return _sealer(self.own_key).seal(value.encode("ascii"), row_id)

    def open(self, sealed: bytes, row_id: str) -> CredentialId:
        """Decrypt a number, for example to export a member's data. Raises VaultError."""
        try:
            return parse_credential_id(_sealer(self.own_key).open(sealed, row_id).decode("ascii"))
        except SealBroken:
            raise VaultError("badge numbers are sealed with another key than this one") from None


def _sealer(key: bytes) -> Sealer:
    return Sealer(key, "loquet/1 badge numbers")


def mask(value: CredentialId) -> str:
    """Return the badge number for display: its kind and the last four characters."""
    kind, _, number = value.partition(":")
    return f"{kind}:{'•' * (len(number) - _SHOWN)}{number[-_SHOWN:]}"
