"""Passwords that cost little, for tests sign in hundreds of times; a test looks at the real one."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from controller.capabilities.accounts import passwords

SHIPPED, NOBODY = passwords._hasher, passwords._DUMMY_HASH


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hash with the least memory that Argon2 takes, in this process."""
    cheap = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", cheap)
        patch.setattr(passwords, "_DUMMY_HASH", cheap.hash("nobody's"))
        yield
