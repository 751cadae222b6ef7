"""Passwords that cost little, for tests sign in hundreds of times; a test looks at the real one."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from controller.capabilities.accounts import passwords

SHIPPED = passwords._hasher


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hash with the least memory that Argon2 takes, in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)
        )
        yield
