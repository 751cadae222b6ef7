"""Who may use the pages and the API, and the chained record of what they did."""

from enum import StrEnum

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.store.models.base import Base, Versioned
from controller.store.types import Hash, Json, Slug, Strings, Text, Uuid, Word


class Role(StrEnum):
    """What somebody is at one site."""

    MEMBER = "member"
    TRAINER = "trainer"
    DESK = "desk"
    OBSERVER = "observer"
    DPO = "dpo"
    MANAGER = "manager"
    ADMIN = "admin"


class AccountRow(Versioned, Base):
    """A sign-in. `login` is an e-mail address or a chosen name, in lower case."""

    __tablename__ = "account"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    login: Mapped[Text] = mapped_column(unique=True)
    password_hash: Mapped[Text | None]
    member_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"), unique=True)
    language: Mapped[Language]
    created_at: Mapped[Utc]
    disabled_at: Mapped[Utc | None]
    signed_out_at: Mapped[Utc | None]
    """Sign-ins older than this no longer count."""


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


class AuditEntry(Base):
    """One action on somebody's rights, by opaque references. Triggers refuse UPDATE and DELETE."""

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[Utc]
    actor: Mapped[str]
    action: Mapped[Word]
    subject: Mapped[str] = mapped_column(index=True)
    site_id: Mapped[Slug | None] = mapped_column(index=True)
    detail: Mapped[str] = mapped_column(LongText)
    """A JSON object, kept as the text that was hashed."""
    prev_hash: Mapped[Hash]
    hash: Mapped[Hash]


class AuditHead(Base):
    """The end of the audit chain; locking it orders the entries."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[Hash]


class IdempotencyKey(Base):
    """The answer to a POST, given again when the same key comes back within 24 hours."""

    __tablename__ = "idempotency_key"

    owner: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[Text] = mapped_column(primary_key=True)
    request_hash: Mapped[Hash]
    status: Mapped[int]
    headers: Mapped[Json] = mapped_column(JSON)
    body: Mapped[str] = mapped_column(LongText)
    created_at: Mapped[Utc]

    __table_args__ = (Index("ix_idempotency_key_created_at", "created_at"),)
