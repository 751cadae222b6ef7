"""Random secrets of 256 bits, stored as digests."""

import hashlib
import secrets


def new_secret() -> str:
    """Return a new secret of 256 random bits, as text."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return the SHA-256 under which a secret is stored.

    A slow hash is not needed for random secrets.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
