"""Accounts in the API's form."""

from typing import Annotated

import msgspec

from controller.capabilities.accounts.passwords import MAX_LENGTH, MIN_LENGTH
from controller.domain.facts import Language
from controller.domain.ids import END
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.shapes import VISIBLE_PATTERN, Shape, Slug

Password = Annotated[str, msgspec.Meta(min_length=MIN_LENGTH, max_length=MAX_LENGTH)]
Login = Annotated[
    str, msgspec.Meta(min_length=1, max_length=254, pattern=rf"^ *{VISIBLE_PATTERN}+ *" + END)
]


class AccountFields(Shape, frozen=True, kw_only=True):
    """The fields of an account that can be changed.

    `roles`: the account's roles by site. The roles at sites that are not named stay.
    """

    language: Language = Language.FR
    roles: dict[Slug, tuple[Role, ...]] = msgspec.field(default_factory=dict)
    member_id: str | None = None
    """The member whose account it is; needed for trainers and supervisors."""


class NewAccount(AccountFields, frozen=True, kw_only=True):
    """An account to create; without a password it can't sign in, only have tokens."""

    login: Login
    password: Password | None = None


class NewPassword(Shape, frozen=True, kw_only=True):
    """The new password of an account."""

    password: Password


class AccountShape(AccountFields, frozen=True, kw_only=True):
    """An account, with its roles at the sites whose accounts the reader may see."""

    id: str
    login: str
    created_at: Utc
    disabled_at: Utc | None
    version: int
