"""Argon2id hashes of passwords (RFC 9106), sized for a Pi."""

from threading import Semaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from controller.kernel.errors import Invalid

MIN_LENGTH = 10
MAX_LENGTH = 256
# RFC 9106's second recommended option is 64 MiB. OWASP accepts 19 MiB with 2 passes, which a Pi
# with 1 GB can serve to 64 threads.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_hashing_slots = Semaphore(4)
"""Limits concurrent hashing; 64 web threads at once would need 1.2 GB."""
_DUMMY_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg"
    "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
"""A hash without a password, so that an unknown login takes as long as a wrong password."""


def hash_new(password: str) -> str:
    """Return the hash to store. Raises Invalid for a password that is too short or too long."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Invalid.of("password", f"from {MIN_LENGTH} to {MAX_LENGTH} characters")
    with _hashing_slots:
        return _hasher.hash(password)


def verify(hashed: str | None, password: str) -> bool:
    """Return whether the password has this hash; with None, return False after the same work."""
    if len(password) > MAX_LENGTH:
        return False
    try:
        with _hashing_slots:
            _hasher.verify(hashed or _DUMMY_HASH, password)
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


def is_outdated(hashed: str) -> bool:
    """Whether the hash was made with other parameters than the current ones."""
    return _hasher.check_needs_rehash(hashed)
