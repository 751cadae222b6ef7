"""Tables of badges, card masters and sites' credential keys."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import mapped_column

from controller.domain.facts import (
    Assurance,
    CardKind,
    CredentialKind,
    CredentialStatus,
    SuspendedBecause,
)
from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.data_kinds import About, ActorRef, Identity, MemberId, Plain, Secret
from controller.store.types import Json, Slug, Sorted, Text, Uuid

IS_LENT = text("credential.lent")
"""SQL condition for lent badges, written as in the partial index so that it is used."""


class CredentialRow(Versioned, Base):
    """A badge.

    Its number is encrypted; it is looked up by its holder key (an HMAC of the number).
    """

    __tablename__ = "credential"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    member_id: MemberId[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    group_id: Plain[Uuid | None] = mapped_column(ForeignKey("visiting_group.id"), index=True)
    """The group that has the badge; either this or `member_id` is set."""
    holder_key: Secret[Sorted] = mapped_column(unique=True)
    sealed: Secret[bytes] = mapped_column(LargeBinary)
    masked: Identity[Text]
    kind: About[CredentialKind] = mapped_column(default=CredentialKind.MEMBER)
    lent: About[bool] = mapped_column(default=False)
    """Whether it has to be returned; it is then deleted here, and can be lent again."""
    assurance: About[Assurance]
    status: About[CredentialStatus]
    valid_from: About[Utc | None]
    valid_until: About[Utc | None]
    created_at: About[Utc]
    own_page_from: About[Utc | None]
    """From when the badge opens its holder's page at a terminal; null: never."""
    suspended_because: About[SuspendedBecause | None]
    """Why Loquet suspended it automatically; null: a person did, or it is not suspended."""
    suspended_by: ActorRef[str | None]
    """The manager or trainer who suspended it; only they, or others who may certify, restore it."""
    card_kind: About[CardKind | None]
    """The kind of card to which our keys were written; null: it has none."""
    card_level: Plain[Assurance | None]
    """The assurance that `card_key` gives."""
    card_key: Secret[Text | None]
    """The key that agents verify on the card, wrapped under the credential key for this holder
    key."""
    card_master: Plain[int | None]
    """The version of the master from which the card's keys are derived."""
    card_next: Secret[Json | None]
    """Level, key and master, to be stored once the card is known to have the keys."""
    card_command: Plain[Uuid | None] = mapped_column(index=True)
    """The command to a reader that writes the keys to the card."""

    __table_args__ = (
        CheckConstraint("(member_id IS NULL) <> (group_id IS NULL)", name="one_owner"),
        Index(
            "ix_credential_lent",
            "member_id",
            sqlite_where=text("lent"),
            postgresql_where=text("lent"),
        ),
    )


class CardMasterRow(Base):
    """A master key for cards, encrypted with a key that is not in the database."""

    __tablename__ = "card_master"

    version: Plain[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Plain[bytes] = mapped_column(LargeBinary)
    check_value: Plain[Text]
    """A value for comparing two copies of the key; it reveals nothing of the key."""
    created_at: Plain[Utc]


class SiteKeyRow(Base):
    """A generation of the key with which a site's agents turn numbers into holder keys (0196).

    A site without a generation, or with one that is not sealed, uses the installation's key.
    """

    __tablename__ = "site_key"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    generation: Plain[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Secret[bytes | None] = mapped_column(LargeBinary)
    """The key, encrypted with one that no agent has; null: it is the installation's."""
    begun_at: Plain[Utc]
    ready_at: Plain[Utc | None]
    """Since when the policy has all its rows under this key, so that agents get it."""
    ended_at: Plain[Utc | None]
    """Since when it is no longer used."""
    cleared_at: Plain[Utc | None]
    """Since when the policy has no rows under this key."""


class CredentialAt(Base):
    """The key that a site's agents use for a badge: its holder key, or a card's wrapped key."""

    __tablename__ = "credential_at"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    generation: Plain[int] = mapped_column(primary_key=True, autoincrement=False)
    ours: Secret[Sorted] = mapped_column(primary_key=True)
    """The key in the badge's own row."""
    theirs: Secret[Sorted] = mapped_column(index=True)
    holder_key: Secret[Sorted] = mapped_column(index=True)
    """The holder key of the badge's own row."""
