"""Ed25519 signatures (RFC 8032) over topic and payload: neither can be changed without notice."""

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from controller.wire.base64url import b64decode, b64encode

PREFIX = b"loquet/1"
"""Start of the signed bytes, against use of a signature in another protocol."""
_KNOWN = 2_048
"""How many parsed public keys are cached: thousands of agents send again and again."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The two user properties of a signed message."""

    kid: str
    sig: str


def signed_bytes(topic: str, payload: bytes) -> bytes:
    """Return what is signed: `loquet/1`, LF, topic, LF, payload."""
    return b"\n".join((PREFIX, topic.encode(), payload))


def kid_of(public_key: bytes) -> str:
    """Return the first 16 hex digits of SHA-256 over the raw 32-byte public key."""
    return hashlib.sha256(public_key).hexdigest()[:16]


@lru_cache(maxsize=_KNOWN)
def _parsed(public_key: bytes) -> tuple[Ed25519PublicKey, str]:
    """Return the parsed key and its `kid`. Raises ValueError."""
    return Ed25519PublicKey.from_public_bytes(public_key), kid_of(public_key)


def verify(public_key: bytes, topic: str, payload: bytes, signature: Signature) -> bool:
    """Return whether that key made the signature for that topic and payload. Never raises."""
    try:
        key, kid = _parsed(public_key)
        if signature.kid != kid:
            return False
        key.verify(b64decode(signature.sig), signed_bytes(topic, payload))
    except (ValueError, InvalidSignature):
        return False
    return True


class Signer:
    """Signs with a private key; an agent uses the same key for TLS."""

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        self.private_key = private_key
        self.public_key_bytes = private_key.public_key().public_bytes_raw()
        self.kid = kid_of(self.public_key_bytes)

    @classmethod
    def generate(cls) -> Self:
        """Make a signer with a new random key."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a PEM file (PKCS #8). Raises ValueError or OSError, with the path in the message."""
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise ValueError(f"{path}: {error}") from None
        if isinstance(key, Ed25519PrivateKey):
            return cls(key)
        raise ValueError(f"{path}: not an Ed25519 private key")

    def pem(self) -> bytes:
        """Return the private key in PEM (PKCS #8, unencrypted)."""
        return self.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def save(self, path: Path) -> None:
        """Write the PEM file, readable for its owner only; an older file is replaced atomically."""
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(self.pem())
            file.flush()
            os.fsync(handle)
        fresh.replace(path)

    def sign(self, topic: str, payload: bytes) -> Signature:
        """Sign a payload for a topic."""
        return Signature(self.kid, b64encode(self.private_key.sign(signed_bytes(topic, payload))))
