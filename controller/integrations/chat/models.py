"""Tables of chat."""

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.data_kinds import ActorRef, FreeText, Plain, Secret
from controller.store.types import Slug, Text, Uuid, Word


class ChatTarget(Versioned, Base):
    """A person or a chat room to which alarms of a site are sent."""

    __tablename__ = "chat_target"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    name: FreeText[Text]
    service: Plain[Word]
    """The scheme of its address, such as `ntfy` or `slack`; `mail` for an e-mail address."""
    sealed: Secret[bytes] = mapped_column(LargeBinary)
    """The target's address, encrypted, since it may contain a secret."""
    only_grave: Plain[bool]
    """Whether only grave alarms are sent to it."""
    paused_at: Plain[Utc | None]
    told_at: Plain[Utc | None]
    """When a message was last accepted."""
    failures: Plain[int]
    """How many tries have failed since the last success."""
    said: FreeText[Text | None]
    """The error of the last try; null: it succeeded."""
    created_by: ActorRef[str]
    created_at: Plain[Utc]


class ChatDelivery(Base):
    """An alarm for one target: retried until it is accepted or no longer of use."""

    __tablename__ = "chat_delivery"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    target_id: Plain[Uuid] = mapped_column(ForeignKey("chat_target.id"))
    alarm_id: Plain[Uuid]
    site_id: Plain[Slug]
    at: Plain[Utc]
    attempts: Plain[int]
    due_at: Plain[Utc | None] = mapped_column(index=True)
    """Time of the next try; null: finished."""

    __table_args__ = (
        UniqueConstraint("target_id", "alarm_id"),
        Index("ix_chat_delivery_target_id_id", "target_id", "id"),
    )
