"""Tables of accounts, and of what people sign in with: passwords, passkeys, codes, tokens."""

from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import mapped_column

from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.store.base import Base, Versioned
from controller.store.data_kinds import (
    About,
    AccountId,
    ActorRef,
    Identity,
    MemberId,
    MemberText,
    Plain,
    Raw,
    Secret,
)
from controller.store.types import Hash, Slug, Strings, Text, Uuid


class AccountRow(Versioned, Base):
    """An account. `login` is an e-mail address or a name, in the form of `login_identity`."""

    __tablename__ = "account"

    id: AccountId[Uuid] = mapped_column(primary_key=True)
    login: Identity[Text] = mapped_column(unique=True)
    confirmed_email: Identity[Text | None]
    """The address that its owner has confirmed by a mailed link.

    Links that set a password go there, or else to the login."""
    password_hash: Secret[Text | None]
    member_id: MemberId[Uuid | None] = mapped_column(ForeignKey("member.id"), unique=True)
    language: About[Language]
    created_at: About[Utc]
    disabled_at: About[Utc | None]
    signed_in_at: About[Utc | None]
    """The time of the latest sign-in."""
    device_generation: Plain[int] = mapped_column(default=0)
    """The number that known devices keep; increasing it makes all of them unknown (`devices`)."""


class SignInRow(Base):
    """A browser in which an account is signed in; only the hash of its secret is kept."""

    __tablename__ = "sign_in"

    hash: Secret[Hash] = mapped_column(primary_key=True)
    id: Plain[Uuid] = mapped_column(unique=True)
    """By which the owner chooses the sign-in to end; can't be used to sign in."""
    account_id: AccountId[Uuid] = mapped_column(ForeignKey("account.id"), index=True)
    signed_in_at: About[Utc] = mapped_column(index=True)
    proved_at: About[Utc | None]
    """When a password or a passkey was last given, here or at the provider; null: unknown."""
    browser: About[Text | None]
    """The browser as it describes itself: `Firefox, Linux`."""
    is_strong: About[bool] = mapped_column(default=False)
    """Whether a provider has already asked for two factors, so that Loquet asks for none."""


class StepKind(StrEnum):
    """A procedure of two steps, of which the first is done."""

    SECOND_FACTOR = "second_factor"
    """The password was right; the second factor is missing."""
    PASSKEY = "passkey"
    """A passkey was requested, to sign in or for reauthentication."""
    NEW_PASSKEY = "new_passkey"
    RESET = "reset"
    """A link to a new password was requested; `challenge` is the login that was typed,
    encrypted."""


class StepRow(Base):
    """A first step in a browser, which has to be finished within five minutes, once."""

    __tablename__ = "sign_in_step"

    hash: Secret[Hash] = mapped_column(primary_key=True)
    kind: Plain[StepKind]
    account_id: AccountId[Uuid | None] = mapped_column(ForeignKey("account.id"), index=True)
    """Null: not known yet, since the passkey will identify the account."""
    challenge: Secret[bytes | None]
    proved_at: About[Utc | None]
    """When the password was given in the first step, here or at the provider; null: unknown."""
    began_at: About[Utc] = mapped_column(index=True)


class AuthenticatorRow(Base):
    """The seed of an account's one-time codes (RFC 6238), encrypted."""

    __tablename__ = "authenticator"

    account_id: AccountId[Uuid] = mapped_column(ForeignKey("account.id"), primary_key=True)
    sealed: Secret[bytes]
    created_at: About[Utc]
    confirmed_at: About[Utc | None]
    """Null: no code was entered yet, so the authenticator is not used for sign-ins."""
    last_step: Plain[int]
    """The time step of the last accepted code; codes of this step or earlier are refused."""


class PasskeyRow(Base):
    """A key that a device keeps for an account (WebAuthn)."""

    __tablename__ = "passkey"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    account_id: AccountId[Uuid] = mapped_column(ForeignKey("account.id"), index=True)
    credential: Secret[str] = mapped_column(unique=True)
    """The id that the device chose for the passkey, as base64url."""
    public_key: Secret[bytes]
    uses: Plain[int] = mapped_column(BigInteger)
    """The device's counter of uses; one that does not rise hints at a copied passkey.

    Most devices leave it at 0."""
    name: MemberText[Text]
    created_at: About[Utc]
    used_at: About[Utc | None]


class SecondFactorRule(Base):
    """A site whose managers and admins must have a second factor."""

    __tablename__ = "second_factor_rule"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)


class CodeKind(StrEnum):
    """What a printed code or a mailed link does."""

    PASSWORD = "password"  # noqa: S105 - a word
    """Sets a password that was forgotten."""
    INVITATION = "invitation"
    """Sets the first password of an account that somebody was invited to."""
    RESET = "reset"
    """Given by an admin: sets a new password; the second factor was removed."""
    SECOND_FACTOR = "second_factor"
    """Replaces a one-time code when the telephone is lost."""
    ADDRESS = "address"
    """Confirms an e-mail address; only in mailed links."""


class PrintedCodeRow(Base):
    """A printed code that works once; only its hash is stored."""

    __tablename__ = "printed_code"

    hash: Secret[Hash] = mapped_column(primary_key=True)
    account_id: AccountId[Uuid | None] = mapped_column(ForeignKey("account.id"), index=True)
    """The account of the code; null: the code creates the first account."""
    kind: Plain[CodeKind]
    created_at: About[Utc]
    expires_at: About[Utc | None]


class MailedLinkRow(Base):
    """A link by mail that sets a password, or confirms an address; only its hash is kept."""

    __tablename__ = "mailed_link"

    hash: Secret[Hash] = mapped_column(primary_key=True)
    account_id: AccountId[Uuid] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Plain[CodeKind]
    email: Identity[Text]
    """The address to which it was sent."""
    created_at: About[Utc]
    expires_at: About[Utc]
    used_at: About[Utc | None]
    """A used link is stored for a while, so that the page can say that it was used."""


class LinkedIdentity(Base):
    """An account's identity at an OpenID Connect provider: by its subject, never by an address."""

    __tablename__ = "linked_identity"

    issuer: Raw[Text] = mapped_column(primary_key=True)
    subject: Identity[Text] = mapped_column(primary_key=True)
    account_id: AccountId[Uuid] = mapped_column(ForeignKey("account.id"), index=True)
    shown: Identity[Text]
    """The name or address that the provider gave when it was linked, for its owner to read."""
    linked_at: About[Utc]
    used_at: About[Utc | None]
    proof_at: About[Utc | None]
    """When the provider last asked its user to sign in, as used here as a proof; provider's
    clock."""


class AccountRole(Base):
    """A role that an account has at a site."""

    __tablename__ = "account_role"

    account_id: AccountId[Uuid] = mapped_column(ForeignKey("account.id"), primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True, index=True)
    role: About[Role] = mapped_column(primary_key=True)


class TokenRow(Base):
    """A token of the API: the account's roles, narrowed to `scopes`; only its hash is kept."""

    __tablename__ = "token"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    account_id: AccountId[Uuid] = mapped_column(ForeignKey("account.id"), index=True)
    name: MemberText[Text]
    hash: Secret[Hash] = mapped_column(unique=True)
    scopes: About[Strings]
    per_minute: Plain[int]
    """How many requests it may make in a minute."""
    created_by: ActorRef[str]
    created_at: About[Utc]
    expires_at: About[Utc | None]
    revoked_at: About[Utc | None]
    used_at: About[Utc | None]
    """The time of the latest use, to ten minutes."""
