"""Random secrets, of which only the digest is kept: there is nothing to guess in 256 bits."""

import hashlib
import secrets


def new_secret() -> str:
    """256 random bits, as text."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """By which a secret is found again; no slow hash, for it can't be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
