"""How the numbers of badges are kept: sealed, and looked up by their holder key."""

from dataclasses import dataclass, field
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from controller.domain.ids import CredentialId, HolderKey, parse_credential_id
from controller.wire.keys import holder_key

_NONCE_BYTES = 12
_SHOWN = 4


class VaultError(Exception):
    """A sealed number that this installation's key does not open."""


@dataclass(frozen=True, slots=True)
class Vault:
    """The installation's credential key, which stands in a file beside the database, not in it.

    AES-256-GCM (NIST SP 800-38D) under a key derived from it with HKDF-SHA-256 (RFC 5869).
    """

    credential_key: bytes = field(repr=False)

    def holder_key(self, value: CredentialId) -> HolderKey:
        """The key under which agents and the database know this number."""
        return holder_key(self.credential_key, value)

    def seal(self, value: CredentialId, row_id: str) -> bytes:
        """The number, readable only with the key and only in the row with this id."""
        nonce = token_bytes(_NONCE_BYTES)
        return nonce + self._cipher().encrypt(nonce, value.encode("ascii"), row_id.encode())

    def open(self, sealed: bytes, row_id: str) -> CredentialId:
        """The number again, to rotate the key or to give a person their own data."""
        nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            value = self._cipher().decrypt(nonce, text, row_id.encode())
        except InvalidTag as problem:
            raise VaultError("badge numbers are sealed with another key than this one") from problem
        return parse_credential_id(value.decode("ascii"))

    def _cipher(self) -> AESGCM:
        derived = HKDF(SHA256(), length=32, salt=None, info=b"loquet/1 badge numbers")
        return AESGCM(derived.derive(self.credential_key))


def masked(value: CredentialId) -> str:
    """What people see of it: the kind, and the last four characters."""
    kind, _, number = value.partition(":")
    return f"{kind}:{'•' * (len(number) - _SHOWN)}{number[-_SHOWN:]}"
