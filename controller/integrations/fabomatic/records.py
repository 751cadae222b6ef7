"""A FabOMatic's tables, as the sandbox sends them back."""

from typing import Annotated

import msgspec

from controller.kernel.sandbox.limits import MOST_CELLS, MOST_ROWS

LONGEST = 200
"""Characters of a text."""
Text = Annotated[str, msgspec.Meta(max_length=LONGEST)]


class Machine(msgspec.Struct, frozen=True, array_like=True):
    """A row of `machines`, with how its type is managed."""

    key: int
    name: Text
    is_blocked: bool
    managed: int


class User(msgspec.Struct, frozen=True, array_like=True):
    """A row of `users`, with what its role may do."""

    key: int
    name: Text
    mail: Text
    card: Text
    is_disabled: bool
    is_deleted: bool
    may_all: bool


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """All that is read."""

    machines: Annotated[tuple[Machine, ...], msgspec.Meta(max_length=MOST_ROWS)]
    users: Annotated[tuple[User, ...], msgspec.Meta(max_length=MOST_ROWS)]
    rights: Annotated[tuple[tuple[int, int], ...], msgspec.Meta(max_length=MOST_CELLS)]
    """User and machine."""
