"""Who may use the pages and the API, and with what they sign in."""

from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.store.base import Base, Versioned
from controller.store.types import Hash, Slug, Strings, Text, Uuid


class AccountRow(Versioned, Base):
    """Who can sign in. `login` is an e-mail address or a name, by its `login_identity`."""

    __tablename__ = "account"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    login: Mapped[Text] = mapped_column(unique=True)
    confirmed_email: Mapped[Text | None]
    """Where its owner has opened a link. Links that set a password go there, or to the login."""
    password_hash: Mapped[Text | None]
    member_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"), unique=True)
    language: Mapped[Language]
    created_at: Mapped[Utc]
    disabled_at: Mapped[Utc | None]
    signed_in_at: Mapped[Utc | None]
    """The last time."""
    device_generation: Mapped[int] = mapped_column(default=0)
    """What devices that have signed in before show; counted up, it makes all of them strangers."""


class SignInRow(Base):
    """A browser in which an account is signed in; only the hash of its secret is kept."""

    __tablename__ = "sign_in"

    hash: Mapped[Hash] = mapped_column(primary_key=True)
    id: Mapped[Uuid] = mapped_column(unique=True)
    """By which its owner names it to end it; it opens nothing."""
    account_id: Mapped[Uuid] = mapped_column(ForeignKey("account.id"), index=True)
    signed_in_at: Mapped[Utc] = mapped_column(index=True)
    proved_at: Mapped[Utc | None]
    """When a password or a passkey was last given, here or at the provider; null: not known."""
    browser: Mapped[Text | None]
    """What it says it is: `Firefox, Linux`."""
    is_strong: Mapped[bool] = mapped_column(default=False)
    """A provider has asked for two factors: none is asked for here."""


class StepKind(StrEnum):
    """What was begun and waits for its second half."""

    SECOND_FACTOR = "second_factor"
    """The password was right."""
    PASSKEY = "passkey"
    """A passkey was asked for: to sign in, or once more before a grave act."""
    NEW_PASSKEY = "new_passkey"
    RESET = "reset"
    """A link to a new password was asked for: `challenge` is the login that was typed, sealed."""


class StepRow(Base):
    """Something begun in a browser, to be finished once and within five minutes."""

    __tablename__ = "sign_in_step"

    hash: Mapped[Hash] = mapped_column(primary_key=True)
    kind: Mapped[StepKind]
    account_id: Mapped[Uuid | None] = mapped_column(ForeignKey("account.id"), index=True)
    """Null: whoever has the passkey."""
    challenge: Mapped[bytes | None]
    proved_at: Mapped[Utc | None]
    """When the password of the first half was given, here or at the provider; null: not known."""
    began_at: Mapped[Utc] = mapped_column(index=True)


class AuthenticatorRow(Base):
    """The seed of an account's one-time codes (RFC 6238), sealed."""

    __tablename__ = "authenticator"

    account_id: Mapped[Uuid] = mapped_column(ForeignKey("account.id"), primary_key=True)
    sealed: Mapped[bytes]
    created_at: Mapped[Utc]
    confirmed_at: Mapped[Utc | None]
    """Null: nobody has shown yet that a telephone has it, and it counts for nothing."""
    last_step: Mapped[int]
    """The step of the last code that was taken: none of it or before is taken again."""


class PasskeyRow(Base):
    """A key that a device keeps for an account (WebAuthn)."""

    __tablename__ = "passkey"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    account_id: Mapped[Uuid] = mapped_column(ForeignKey("account.id"), index=True)
    credential: Mapped[str] = mapped_column(unique=True)
    """Its id, which the device chose, as base64url."""
    public_key: Mapped[bytes]
    uses: Mapped[int] = mapped_column(BigInteger)
    """The device's counter; one that does not rise is a copy. Most devices leave it at 0."""
    name: Mapped[Text]
    created_at: Mapped[Utc]
    used_at: Mapped[Utc | None]


class SecondFactorRule(Base):
    """A site whose managers and admins must have a second factor."""

    __tablename__ = "second_factor_rule"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    since: Mapped[Utc]


class CodeKind(StrEnum):
    """What a code on paper does."""

    PASSWORD = "password"  # noqa: S105 - a word
    """Sets a password that was forgotten."""
    INVITATION = "invitation"
    """Sets the first password of an account that somebody was invited to."""
    RESET = "reset"
    """As an admin gave it: a new password, and the second factor begins anew."""
    SECOND_FACTOR = "second_factor"
    """Stands for a one-time code, whose telephone was lost."""
    ADDRESS = "address"
    """Confirms an address, and sets no password: by mail alone."""


class PrintedCodeRow(Base):
    """A code that somebody has on paper, used once; only its hash is kept."""

    __tablename__ = "printed_code"

    hash: Mapped[Hash] = mapped_column(primary_key=True)
    account_id: Mapped[Uuid | None] = mapped_column(ForeignKey("account.id"), index=True)
    """Whose it is; null: it makes the first account."""
    kind: Mapped[CodeKind]
    created_at: Mapped[Utc]
    expires_at: Mapped[Utc | None]


class MailedLinkRow(Base):
    """A link by mail that sets a password, or confirms an address; only its hash is kept."""

    __tablename__ = "mailed_link"

    hash: Mapped[Hash] = mapped_column(primary_key=True)
    account_id: Mapped[Uuid] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[CodeKind]
    email: Mapped[Text]
    """Where it was sent."""
    created_at: Mapped[Utc]
    expires_at: Mapped[Utc]
    used_at: Mapped[Utc | None]
    """It stays for a while, so that whoever opens it again is told."""


class LinkedIdentity(Base):
    """Who an account is at a provider (OpenID Connect): by its subject, never by an address."""

    __tablename__ = "linked_identity"

    issuer: Mapped[Text] = mapped_column(primary_key=True)
    subject: Mapped[Text] = mapped_column(primary_key=True)
    account_id: Mapped[Uuid] = mapped_column(ForeignKey("account.id"), index=True)
    shown: Mapped[Text]
    """As the provider called them then: a name or an address, for its owner to know it by."""
    linked_at: Mapped[Utc]
    used_at: Mapped[Utc | None]
    proof_at: Mapped[Utc | None]
    """By the provider's clock, the last time that it asked who they are and that counted here."""


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
    used_at: Mapped[Utc | None]
    """The last time, to ten minutes."""
