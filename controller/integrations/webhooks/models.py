"""Tables of webhooks."""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.data_kinds import ActorRef, Plain, Raw, Secret
from controller.store.types import Slug, Strings, Text, Uuid, Word

WAITS = "due_at IS NOT NULL"
"""Condition of the partial index on pending deliveries."""


class WebhookRow(Versioned, Base):
    """The address of a program, the types of news that it gets, and the sealed keys for
    signatures."""

    __tablename__ = "webhook"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    url: Raw[Text]
    types: Plain[Strings]
    """Types of news that are sent; empty: all."""
    key: Secret[bytes] = mapped_column(LargeBinary)
    old_key: Secret[bytes | None] = mapped_column(LargeBinary)
    old_until: Plain[Utc | None]
    """Until when messages are also signed with the previous key."""
    disabled_at: Plain[Utc | None]
    disabled_why: Plain[Word | None]
    created_by: ActorRef[str]
    created_at: Plain[Utc]


class DeliveryRow(Base):
    """News for one webhook: tried until it is accepted, or for 75 hours."""

    __tablename__ = "webhook_delivery"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    webhook_id: Plain[Uuid] = mapped_column(ForeignKey("webhook.id"))
    site_id: Plain[Slug]
    position: Plain[int] = mapped_column(BigInteger)
    """Position in the site's outbox."""
    type: Plain[Word]
    key: Raw[Text]
    at: Plain[Utc]
    """When the change happened."""
    attempts: Plain[int]
    due_at: Plain[Utc | None]
    """Time of the next try; null: finished."""
    delivered_at: Plain[Utc | None]
    status: Plain[int | None]
    """HTTP status of the receiver's last response."""
    error: Raw[Text | None]
    """Why the last try got no response, or no success."""

    __table_args__ = (
        UniqueConstraint("webhook_id", "position"),
        Index("ix_webhook_delivery_webhook_id_id", "webhook_id", "id"),
        Index(
            "ix_webhook_delivery_due",
            "webhook_id",
            "due_at",
            sqlite_where=text(WAITS),
            postgresql_where=text(WAITS),
        ),
    )
