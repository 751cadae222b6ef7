"""Who may use the pages and the API, and the chained record of what they did."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel.roles import Role
from controller.store.base import Base, Versioned
from controller.store.types import Hash, Slug, Strings, Text, Uuid


class AccountRow(Versioned, Base):
    """Who can sign in. `login` is an e-mail address or a name, by its `login_identity`."""

    __tablename__ = "account"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    login: Mapped[Text] = mapped_column(unique=True)
    password_hash: Mapped[Text | None]
    member_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"), unique=True)
    language: Mapped[Language]
    created_at: Mapped[Utc]
    disabled_at: Mapped[Utc | None]


class SignInRow(Base):
    """A browser in which an account is signed in; only the hash of its secret is kept."""

    __tablename__ = "sign_in"

    hash: Mapped[Hash] = mapped_column(primary_key=True)
    account_id: Mapped[Uuid] = mapped_column(ForeignKey("account.id"), index=True)
    signed_in_at: Mapped[Utc] = mapped_column(index=True)


class PrintedCodeRow(Base):
    """A code that somebody has on paper, used once; only its hash is kept."""

    __tablename__ = "printed_code"

    hash: Mapped[Hash] = mapped_column(primary_key=True)
    account_id: Mapped[Uuid | None] = mapped_column(ForeignKey("account.id"), index=True)
    """Whose password it sets; null: it makes the first account."""
    created_at: Mapped[Utc]


class AccountRole(Base):
    """A role that an account has at a site."""

    __tablename__ = "account_role"

    account_id: Mapped[Uuid] = mapped_column(ForeignKey("account.id"), primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True, index=True)
    role: Mapped[Role] = mapped_column(primary_key=True)


class TokenRow(Base):
    """A token of the API: the account's roles, narrowed to `scopes`; only its hash is kept."""

    __tablename__ = "token"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    account_id: Mapped[Uuid] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[Text]
    hash: Mapped[Hash] = mapped_column(unique=True)
    scopes: Mapped[Strings]
    per_minute: Mapped[int]
    """How many requests it may make in a minute."""
    created_by: Mapped[str]
    created_at: Mapped[Utc]
    expires_at: Mapped[Utc | None]
    revoked_at: Mapped[Utc | None]
