"""Encryption of data that the database must not reveal."""

from dataclasses import dataclass, field
from functools import lru_cache
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


class SealBroken(Exception):
    """The data was encrypted with another key or for another row, or has been changed."""


@dataclass(frozen=True, slots=True)
class Sealer:
    """AES-256-GCM (NIST SP 800-38D) with a key derived by HKDF-SHA-256 (RFC 5869).

    A different `purpose` gives a different key from the same secret.
    """

    secret: bytes = field(repr=False)
    purpose: str

    def seal(self, data: bytes, place: str) -> bytes:
        """Encrypt data, bound to a context such as its row's id."""
        nonce = token_bytes(_NONCE_BYTES)
        return nonce + self._cipher().encrypt(nonce, data, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt data. Raises SealBroken."""
        try:
            return self._cipher().decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode()
            )
        except (InvalidTag, ValueError) as problem:
            raise SealBroken("sealed with another key than this one") from problem

    def _cipher(self) -> AESGCM:
        return _cipher(self.secret, self.purpose)


@lru_cache(maxsize=64)
def _cipher(secret: bytes, purpose: str) -> AESGCM:
    """Return the cipher; its key is derived only once."""
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret))
