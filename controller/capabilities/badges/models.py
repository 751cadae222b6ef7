"""Tables of badges."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.facts import (
    Assurance,
    CardKind,
    CredentialKind,
    CredentialStatus,
    SuspendedBecause,
)
from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.types import Json, Slug, Sorted, Text, Uuid

IS_LENT = text("credential.lent")
"""The condition, as the partial index says it."""


class CredentialRow(Versioned, Base):
    """What a reader reads. Its number is sealed, and looked up by its holder key (an HMAC)."""

    __tablename__ = "credential"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    member_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    group_id: Mapped[Uuid | None] = mapped_column(ForeignKey("visiting_group.id"), index=True)
    """Whose it is: a member's or a group's."""
    holder_key: Mapped[Sorted] = mapped_column(unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    masked: Mapped[Text]
    kind: Mapped[CredentialKind] = mapped_column(default=CredentialKind.MEMBER)
    lent: Mapped[bool] = mapped_column(default=False)
    """Whether it is to be given back; it is then removed, and can be lent to somebody else."""
    assurance: Mapped[Assurance]
    status: Mapped[CredentialStatus]
    valid_from: Mapped[Utc | None]
    valid_until: Mapped[Utc | None]
    created_at: Mapped[Utc]
    own_page_from: Mapped[Utc | None]
    """From when it opens its holder's own page at a terminal; null: never."""
    suspended_because: Mapped[SuspendedBecause | None]
    """Why Loquet suspended it by itself; null: a person did, or it is not suspended."""
    suspended_by: Mapped[str | None]
    """Who suspended it with a right that the desk lacks: they, or who has it, restore it."""
    card_kind: Mapped[CardKind | None]
    """Which card has keys of ours; null: it was never personalised."""
    card_level: Mapped[Assurance | None]
    """The assurance that `card_key` gives."""
    card_key: Mapped[Text | None]
    """The key that agents ask it for, wrapped under the credential key for this holder key."""
    card_master: Mapped[int | None]
    """The master from which its keys come."""
    card_next: Mapped[Json | None]
    """Level, key and master, once the card is known to have them."""
    card_command: Mapped[Uuid | None] = mapped_column(index=True)
    """The command that gives them to it."""

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
    """A master of which cards' keys are made: sealed under a key that stands in no database."""

    __tablename__ = "card_master"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    check_value: Mapped[Text]
    """A value for comparing two copies of the key; it reveals nothing of the key."""
    created_at: Mapped[Utc]


class SiteKeyRow(Base):
    """A generation of the key with which a site's agents make holder keys of numbers (0196).

    A site without any has the installation's; so has one whose generation is not sealed.
    """

    __tablename__ = "site_key"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    generation: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The key, under one that no agent has; null: it is the installation's."""
    begun_at: Mapped[Utc]
    ready_at: Mapped[Utc | None]
    """Since when the site's whole policy has rows under it, and agents are given it."""
    ended_at: Mapped[Utc | None]
    """Since when it counts no more."""
    cleared_at: Mapped[Utc | None]
    """Since when the policy has no row under it."""


class CredentialAt(Base):
    """What a site's agents call something of a badge: its holder key, or a card's wrapped key."""

    __tablename__ = "credential_at"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    generation: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ours: Mapped[Sorted] = mapped_column(primary_key=True)
    """As it stands in the badge's own row."""
    theirs: Mapped[Sorted] = mapped_column(index=True)
    holder_key: Mapped[Sorted] = mapped_column(index=True)
    """Of the badge's own row."""
