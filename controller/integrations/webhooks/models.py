"""Tables of webhooks."""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.types import Slug, Strings, Text, Uuid, Word

WAITS = "due_at IS NOT NULL"


class WebhookRow(Versioned, Base):
    """Where a program wants to be told, of what, and the sealed keys that sign for it."""

    __tablename__ = "webhook"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    url: Mapped[Text]
    types: Mapped[Strings]
    """What is told, by the words of news; empty: everything."""
    key: Mapped[bytes] = mapped_column(LargeBinary)
    old_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_until: Mapped[Utc | None]
    """Until when the former key signs too."""
    disabled_at: Mapped[Utc | None]
    disabled_why: Mapped[Word | None]
    created_by: Mapped[str]
    created_at: Mapped[Utc]


class DeliveryRow(Base):
    """News for one webhook: tried until it is taken, or for 75 hours."""

    __tablename__ = "webhook_delivery"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    webhook_id: Mapped[Uuid] = mapped_column(ForeignKey("webhook.id"))
    site_id: Mapped[Slug]
    position: Mapped[int] = mapped_column(BigInteger)
    """In the site's outbox."""
    type: Mapped[Word]
    key: Mapped[Text]
    at: Mapped[Utc]
    """When it changed."""
    attempts: Mapped[int]
    due_at: Mapped[Utc | None]
    """When it is tried next; null: it is over."""
    delivered_at: Mapped[Utc | None]
    status: Mapped[int | None]
    """What the receiver last answered, by HTTP."""
    error: Mapped[Text | None]
    """Why the last try got no answer, or none that is taken."""

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
