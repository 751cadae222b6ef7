"""Tables of webhooks."""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.types import Slug, Strings, Text, Uuid, Word

WAITS = "due_at IS NOT NULL"
"""Condition of the partial index on pending deliveries."""


class WebhookRow(Versioned, Base):
    """The address of a program, the types of news that it gets, and the sealed keys for
    signatures."""

    __tablename__ = "webhook"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    url: Mapped[Text]
    types: Mapped[Strings]
    """Types of news that are sent; empty: all."""
    key: Mapped[bytes] = mapped_column(LargeBinary)
    old_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_until: Mapped[Utc | None]
    """Until when messages are also signed with the previous key."""
    disabled_at: Mapped[Utc | None]
    disabled_why: Mapped[Word | None]
    created_by: Mapped[str]
    created_at: Mapped[Utc]


class DeliveryRow(Base):
    """News for one webhook: tried until it is accepted, or for 75 hours."""

    __tablename__ = "webhook_delivery"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    webhook_id: Mapped[Uuid] = mapped_column(ForeignKey("webhook.id"))
    site_id: Mapped[Slug]
    position: Mapped[int] = mapped_column(BigInteger)
    """Position in the site's outbox."""
    type: Mapped[Word]
    key: Mapped[Text]
    at: Mapped[Utc]
    """When the change happened."""
    attempts: Mapped[int]
    due_at: Mapped[Utc | None]
    """Time of the next try; null: finished."""
    delivered_at: Mapped[Utc | None]
    status: Mapped[int | None]
    """HTTP status of the receiver's last response."""
    error: Mapped[Text | None]
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
