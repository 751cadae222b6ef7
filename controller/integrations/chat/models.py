"""Tables of chat."""

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.types import Slug, Text, Uuid, Word


class ChatTarget(Versioned, Base):
    """Somebody, or a room of theirs, that alarms of a site are told to."""

    __tablename__ = "chat_target"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    name: Mapped[Text]
    service: Mapped[Word]
    """`ntfy`, `slack`, …: the scheme of its address; `mail` for an address of ours to write to."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Its address, with whatever secret stands in it."""
    only_grave: Mapped[bool]
    paused_at: Mapped[Utc | None]
    told_at: Mapped[Utc | None]
    """The last time that it took something."""
    failures: Mapped[int]
    """In a row, since."""
    said: Mapped[Text | None]
    """What was wrong at the last of them."""
    created_by: Mapped[str]
    created_at: Mapped[Utc]


class ChatDelivery(Base):
    """An alarm for one target: tried until it is taken, or no longer of use."""

    __tablename__ = "chat_delivery"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    target_id: Mapped[Uuid] = mapped_column(ForeignKey("chat_target.id"))
    alarm_id: Mapped[Uuid]
    site_id: Mapped[Slug]
    at: Mapped[Utc]
    attempts: Mapped[int]
    due_at: Mapped[Utc | None] = mapped_column(index=True)
    """When it is tried next; null: it is over."""

    __table_args__ = (
        UniqueConstraint("target_id", "alarm_id"),
        Index("ix_chat_delivery_target_id_id", "target_id", "id"),
    )
