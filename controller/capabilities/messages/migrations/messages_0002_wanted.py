"""Who has asked for which messages."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "messages_0002"
down_revision = "messages_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "message_wanted",
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("what", "who", name=op.f("pk_message_wanted")),
    )
