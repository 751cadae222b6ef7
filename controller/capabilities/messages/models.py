"""Tables of messages."""

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Hash, Json, Slug, Text, Uuid, Word


class MessageRow(Base):
    """Something written to one person: tried until it is taken, or for so many days."""

    __tablename__ = "message"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    what: Mapped[Word]
    key: Mapped[Text]
    """Identifies what it reports; the same key is written only once."""
    detail: Mapped[Json]
    member_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    """To whom, at the address that they have when it is sent unless `address` is set."""
    address: Mapped[Text | None]
    """The address that the message goes to."""
    language: Mapped[Language]
    written_at: Mapped[Utc] = mapped_column(index=True)
    attempts: Mapped[int]
    due_at: Mapped[Utc | None] = mapped_column(index=True)
    """When it is tried next; null: sent or given up."""
    sent_at: Mapped[Utc | None]
    trouble: Mapped[Word | None]
    """Why the last try failed, or why it is never sent."""
    said: Mapped[Text | None]
    """What the mail server answered then."""

    __table_args__ = (
        UniqueConstraint("what", "key"),
        Index("ix_message_site_id_id", "site_id", "id"),
    )


class MessageStop(Base):
    """Somebody wants no more of these."""

    __tablename__ = "message_stop"

    what: Mapped[Word] = mapped_column(primary_key=True)
    who: Mapped[Hash] = mapped_column(primary_key=True)
    """The digest of the address."""
    at: Mapped[Utc]


class MessageWanted(Base):
    """Somebody has asked for these, which are written to nobody else."""

    __tablename__ = "message_wanted"

    what: Mapped[Word] = mapped_column(primary_key=True)
    who: Mapped[Hash] = mapped_column(primary_key=True)
    """The digest of the address."""
    at: Mapped[Utc]


class DisabledMessageKind(Base):
    """A site sends no messages of this kind."""

    __tablename__ = "disabled_message_kind"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    what: Mapped[Word] = mapped_column(primary_key=True)
