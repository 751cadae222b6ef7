"""How the numbers of badges are kept: sealed, and looked up by their holder key (0194)."""

from dataclasses import dataclass, field

from controller.domain.ids import CredentialId, HolderKey, parse_credential_id
from controller.kernel.crypto import SealBroken, Sealer
from controller.wire.keys import holder_key

_SHOWN = 4


class VaultError(Exception):
    """A sealed number that this installation's keys do not open."""


@dataclass(frozen=True, slots=True)
class Vault:
    """The installation's two keys, which stand in files beside the database, not in it."""

    credential_key: bytes = field(repr=False)
    """Agents have it as well: with it numbers become holder keys."""
    own_key: bytes = field(repr=False)
    """Never leaves the controller: a stolen agent opens no number of a stolen database."""

    def holder_key(self, value: CredentialId) -> HolderKey:
        """The key under which agents and the database know this number."""
        return holder_key(self.credential_key, value)

    def seal(self, value: CredentialId, row_id: str) -> bytes:
        """The number, readable only with our own key and only in the row with this id."""
        return _sealer(self.own_key).seal(value.encode("ascii"), row_id)

    def open(self, sealed: bytes, row_id: str) -> CredentialId:
        """The number again, to give a person their own data. Raises VaultError."""
        try:
            return parse_credential_id(_sealer(self.own_key).open(sealed, row_id).decode("ascii"))
        except SealBroken:
            raise VaultError("badge numbers are sealed with another key than this one") from None


def _sealer(key: bytes) -> Sealer:
    return Sealer(key, "loquet/1 badge numbers")


def mask(value: CredentialId) -> str:
    """The badge number as shown to people: its kind and the last four characters."""
    kind, _, number = value.partition(":")
    return f"{kind}:{'•' * (len(number) - _SHOWN)}{number[-_SHOWN:]}"
