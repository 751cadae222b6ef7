"""Random secrets, of which only the digest is stored; with 256 bits they can't be guessed."""

import hashlib
import secrets


def new_secret() -> str:
    """Return a new secret of 256 random bits, as text."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return the SHA-256 of a secret, by which it is looked up.

    A slow hash is not needed, since the secret is random.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
