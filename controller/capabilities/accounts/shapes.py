"""Accounts, with which people sign in, as the API sees them."""

from typing import Annotated

import msgspec

from controller.capabilities.accounts.passwords import MAX_LENGTH, MIN_LENGTH
from controller.domain.facts import Language
from controller.domain.ids import END
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.shapes import SEEN, Shape, Slug

Password = Annotated[str, msgspec.Meta(min_length=MIN_LENGTH, max_length=MAX_LENGTH)]
Login = Annotated[str, msgspec.Meta(min_length=1, max_length=254, pattern=rf"^ *{SEEN}+ *" + END)]


class AccountFields(Shape, frozen=True, kw_only=True):
    """What can be changed of an account. `roles`: what it is, by site; others keep theirs."""

    language: Language = Language.FR
    roles: dict[Slug, tuple[Role, ...]] = msgspec.field(default_factory=dict)
    member_id: str | None = None
    """Whose account it is; a trainer's and a supervisor's must be a member's."""


class NewAccount(AccountFields, frozen=True, kw_only=True):
    """Without a password it can't sign in, and only owns tokens."""

    login: Login
    password: Password | None = None


class NewPassword(Shape, frozen=True, kw_only=True):
    password: Password


class AccountShape(AccountFields, frozen=True, kw_only=True):
    """An account, with its roles at the sites whose accounts one may see."""

    id: str
    login: str
    created_at: Utc
    disabled_at: Utc | None
    version: int
