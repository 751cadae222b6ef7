"""Tables of messages, of subscriptions to them, and of kinds that a site has turned off."""

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import mapped_column

from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.data_kinds import About, FreeText, Identity, MemberId, Plain, Raw, Secret
from controller.store.types import Hash, Json, Slug, Text, Uuid, Word


class MessageRow(Base):
    """A message to one person; sending is retried for a number of days."""

    __tablename__ = "message"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    what: Plain[Word]
    """The kind of message."""
    key: Raw[Text]
    """Identifies the cause; a message with the same kind and key is written only once."""
    detail: Raw[Json]
    member_id: MemberId[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    """The recipient; the message goes to their current e-mail address unless `address` is set."""
    address: Identity[Text | None]
    """The address to which the message goes; once it is sent or refused, the one that was used."""
    language: About[Language]
    written_at: About[Utc] = mapped_column(index=True)
    attempts: Plain[int]
    due_at: About[Utc | None] = mapped_column(index=True)
    """When the next attempt is due; null: it was sent or given up."""
    sent_at: About[Utc | None]
    trouble: About[Word | None]
    """A `Trouble`: why the last attempt failed, or why it is never sent."""
    said: FreeText[Text | None]
    """The mail server's response to the last failed attempt."""

    __table_args__ = (
        UniqueConstraint("what", "key"),
        Index("ix_message_site_id_id", "site_id", "id"),
    )


class MessageStop(Base):
    """The owner of an address has unsubscribed from a kind of message."""

    __tablename__ = "message_stop"

    what: Plain[Word] = mapped_column(primary_key=True)
    who: Secret[Hash] = mapped_column(primary_key=True)
    """Digest of the address."""
    at: Plain[Utc]


class MessageOptIn(Base):
    """The owner of an address has subscribed to a kind that only subscribers get."""

    __tablename__ = "message_opt_in"

    what: Plain[Word] = mapped_column(primary_key=True)
    who: Secret[Hash] = mapped_column(primary_key=True)
    """Digest of the address, or of member id and address for a subscription of one member."""
    at: Plain[Utc]


class DisabledMessageKind(Base):
    """A site sends no messages of this kind."""

    __tablename__ = "disabled_message_kind"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    what: Plain[Word] = mapped_column(primary_key=True)
