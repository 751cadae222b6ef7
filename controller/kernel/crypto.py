"""Seal what the database must not show."""

from dataclasses import dataclass, field
from functools import lru_cache
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


class SealBroken(Exception):
    """Sealed with another key or for another place, or changed since."""


@dataclass(frozen=True, slots=True)
class Sealer:
    """AES-256-GCM (NIST SP 800-38D) under a key derived with HKDF-SHA-256 (RFC 5869).

    `purpose` keeps the keys that come from one secret apart.
    """

    secret: bytes = field(repr=False)
    purpose: str

    def seal(self, data: bytes, place: str) -> bytes:
        """The data, readable only with the secret and only for that place, such as its row's id."""
        nonce = token_bytes(_NONCE_BYTES)
        return nonce + self._cipher().encrypt(nonce, data, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """The data again. Raises SealBroken."""
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
    """Derived once, however many rows are sealed or opened with it."""
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret))
