"""How the numbers of badges are kept: sealed, and looked up by their holder key."""

from dataclasses import dataclass, field

from controller.domain.ids import CredentialId, HolderKey, parse_credential_id
from controller.kernel.crypto import SealBroken, Sealer
from controller.wire.keys import holder_key

_SHOWN = 4


class VaultError(Exception):
    """A sealed number that this installation's key does not open."""


@dataclass(frozen=True, slots=True)
class Vault:
    """The installation's credential key, which stands in a file beside the database, not in it."""

    credential_key: bytes = field(repr=False)

    def holder_key(self, value: CredentialId) -> HolderKey:
        """The key under which agents and the database know this number."""
        return holder_key(self.credential_key, value)

    def seal(self, value: CredentialId, row_id: str) -> bytes:
        """The number, readable only with the key and only in the row with this id."""
        return self._sealer().seal(value.encode("ascii"), row_id)

    def open(self, sealed: bytes, row_id: str) -> CredentialId:
        """The number again, to rotate the key or to give a person their own data."""
        try:
            return parse_credential_id(self._sealer().open(sealed, row_id).decode("ascii"))
        except SealBroken as problem:
            raise VaultError("badge numbers are sealed with another key than this one") from problem

    def _sealer(self) -> Sealer:
        return Sealer(self.credential_key, "loquet/1 badge numbers")


def masked(value: CredentialId) -> str:
    """What people see of it: the kind, and the last four characters."""
    kind, _, number = value.partition(":")
    return f"{kind}:{'•' * (len(number) - _SHOWN)}{number[-_SHOWN:]}"
