"""Tables of messages, of subscriptions to them, and of kinds that a site has turned off."""

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Hash, Json, Slug, Text, Uuid, Word


class MessageRow(Base):
    """A message to one person; sending is retried for a number of days."""

    __tablename__ = "message"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    what: Mapped[Word]
    """The kind of message."""
    key: Mapped[Text]
    """Identifies the cause; a message with the same kind and key is written only once."""
    detail: Mapped[Json]
    member_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    """The recipient; the message goes to their current e-mail address unless `address` is set."""
    address: Mapped[Text | None]
    """The address to which the message goes; once it is sent or refused, the one that was used."""
    language: Mapped[Language]
    written_at: Mapped[Utc] = mapped_column(index=True)
    attempts: Mapped[int]
    due_at: Mapped[Utc | None] = mapped_column(index=True)
    """When the next attempt is due; null: it was sent or given up."""
    sent_at: Mapped[Utc | None]
    trouble: Mapped[Word | None]
    """A `Trouble`: why the last attempt failed, or why it is never sent."""
    said: Mapped[Text | None]
    """The mail server's response to the last failed attempt."""

    __table_args__ = (
        UniqueConstraint("what", "key"),
        Index("ix_message_site_id_id", "site_id", "id"),
    )


class MessageStop(Base):
    """The owner of an address has unsubscribed from a kind of message."""

    __tablename__ = "message_stop"

    what: Mapped[Word] = mapped_column(primary_key=True)
    who: Mapped[Hash] = mapped_column(primary_key=True)
    """Digest of the address."""
    at: Mapped[Utc]


class MessageOptIn(Base):
    """The owner of an address has subscribed to a kind that only subscribers get."""

    __tablename__ = "message_opt_in"

    what: Mapped[Word] = mapped_column(primary_key=True)
    who: Mapped[Hash] = mapped_column(primary_key=True)
    """Digest of the address, or of member id and address for a subscription of one member."""
    at: Mapped[Utc]


class DisabledMessageKind(Base):
    """A site sends no messages of this kind."""

    __tablename__ = "disabled_message_kind"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    what: Mapped[Word] = mapped_column(primary_key=True)
