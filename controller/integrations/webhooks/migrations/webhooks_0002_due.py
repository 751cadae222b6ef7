"""What waits is found by its webhook: one that has much to be told hides no other's."""

import sqlalchemy as sa
from alembic import op

revision = "webhooks_0002"
down_revision = "webhooks_0001"
branch_labels = None
depends_on = None

WAITS = "due_at IS NOT NULL"


def upgrade() -> None:
    """Build it."""
    op.drop_index(op.f("ix_webhook_delivery_due_at"), "webhook_delivery")
    op.create_index(
        "ix_webhook_delivery_due",
        "webhook_delivery",
        ["webhook_id", "due_at"],
        sqlite_where=sa.text(WAITS),
        postgresql_where=sa.text(WAITS),
    )
